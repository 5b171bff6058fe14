"""SIGTERM with a hundred calls in flight: each of them is answered, and the process ends well and in time."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc

from facade.v1 import publish_pb2, publish_pb2_grpc
from tests.bulk.processes import Served, facade_process
from tests.catalogue.holding import Holding, holding
from tests.faces.graphql import GraphqlFace, failure
from tests.graphql.socket import HEALTH, UP
from tests.readme.processes import STOP, stdout
from tests.support import until
from tests.wire import detail

pytestmark = pytest.mark.anyio

EACH = 50  # calls of each face
LONG = 30.0  # seconds
DRAIN = 2.0
MORE = 1.0  # seconds beyond the drain time
SLACK = 3.0  # seconds for a machine that has other things to do
CHECK = publish_pb2.CheckHealthRequest()


@dataclass(frozen=True)
class Drained:
    """A facade with calls in flight, and what they lead to: "OK" or the reason of a failure."""

    served: Served
    http: str
    channel: grpc.aio.Channel
    calls: "asyncio.Future[list[str]]"


@asynccontextmanager
async def busy(upstream: Holding, **settings: str) -> AsyncIterator[Drained]:
    """A facade whose hundred calls have all reached the upstream."""
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(facade_process(upstream.url, **settings))
        line = (await stdout(served.process).readline()).decode()
        http = line.split()[1].removesuffix("/graphql")
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(served.grpc))
        face = await stack.enter_async_context(GraphqlFace(http))
        stub = publish_pb2_grpc.PublishServiceStub(channel)
        calls = asyncio.gather(*(over_grpc(stub) for _ in range(EACH)), *(over_http(face) for _ in range(EACH)))
        await until(lambda: upstream.waiting == 2 * EACH, LONG)
        yield Drained(served, http, channel, calls)


async def over_grpc(stub: Any) -> str:
    """What an rpc leads to."""
    try:
        return "OK" if (await stub.CheckHealth(CHECK)).message == "API is running" else "another answer"
    except grpc.aio.AioRpcError as error:
        info = detail(error, ErrorInfo)
        return info.reason if info else str(error)


async def over_http(face: GraphqlFace) -> str:
    """What a query leads to."""
    answer = await face.execute(HEALTH["query"])
    return "OK" if answer == UP else failure(answer["errors"][0]).reason


async def refuses(drained: Drained) -> bool:
    """Whether HTTP says that it is not ready, and gRPC that it does not serve."""
    async with httpx.AsyncClient(base_url=drained.http) as client:
        ready = (await client.get("/readyz")).status_code
    answer = await health_pb2_grpc.HealthStub(drained.channel).Check(health_pb2.HealthCheckRequest())
    return (ready, answer.status) == (503, health_pb2.HealthCheckResponse.NOT_SERVING)


@pytest.mark.case("J01")
async def test_at_sigterm_a_hundred_calls_are_finished() -> None:
    async with holding() as upstream, busy(upstream) as drained:
        drained.served.signal(signal.SIGTERM)
        async with asyncio.timeout(LONG):
            while not await refuses(drained):
                pass
        assert upstream.waiting == 2 * EACH, "it is not ready before they are finished"
        upstream.opened.set()
        assert await drained.calls == ["OK"] * 2 * EACH
        async with asyncio.timeout(STOP):
            assert await drained.served.process.wait() == 0


@pytest.mark.case("J01")
async def test_an_upstream_that_hangs_holds_the_end_up_no_longer_than_the_drain_time() -> None:
    async with holding() as upstream, busy(upstream, drain_timeout=str(DRAIN)) as drained:
        started = time.monotonic()
        drained.served.signal(signal.SIGTERM)
        assert await drained.calls == ["SHUTTING_DOWN"] * 2 * EACH
        async with asyncio.timeout(STOP):
            assert await drained.served.process.wait() == 0
        assert DRAIN <= time.monotonic() - started < DRAIN + MORE + SLACK
