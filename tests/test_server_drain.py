"""How a facade ends: no new requests, those in flight finish or are told, and it does not take longer than it may."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc

from facade.server import Running, running
from facade.v1 import provisioning_pb2 as provisioning
from facade.v1 import provisioning_pb2_grpc, publish_pb2_grpc
from facade.v1 import publish_pb2 as publish
from tests.support import basic, settings_for, until
from tests.transports import Answering, Gated, running_api
from tests.wire import detail, failed, trailers

pytestmark = pytest.mark.anyio

NOWHERE = "http://upstream.invalid"  # the transports of these tests do not look
QUERY = {"query": "{ publishHealth { message } }"}
MORE = 3.0  # seconds that the end may take beyond the drain time, on a machine that has other things to do


class Serving:
    """A facade that a test ends when it likes."""

    def __init__(self, facade: Running, stop: asyncio.Event, ended: "asyncio.Task[None]") -> None:
        self.facade = facade
        self.stop = stop
        self.ended = ended
        self.channel = grpc.aio.insecure_channel(facade.grpc)
        self.publish = publish_pb2_grpc.PublishServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)
        self.http = httpx.AsyncClient(base_url=facade.http, timeout=30)

    async def leave(self) -> None:
        """Begins to end it."""
        self.stop.set()
        await until(lambda: self.facade.door.closing)

    async def healthy(self, service: str) -> int:
        """The gRPC health of a service."""
        return int((await self.health.Check(health_pb2.HealthCheckRequest(service=service))).status)


@asynccontextmanager
async def serving(transport: httpx.AsyncBaseTransport, **changes: Any) -> AsyncIterator[Serving]:
    stop = asyncio.Event()
    started: asyncio.Future[Running] = asyncio.get_running_loop().create_future()

    async def serve() -> None:
        async with running(settings_for(NOWHERE, **changes), transport) as facade:
            started.set_result(facade)
            await stop.wait()

    ended = asyncio.create_task(serve())
    it = Serving(await started, stop, ended)
    async with it.channel, it.http:
        yield it
    stop.set()
    await ended


@pytest.mark.case("J01")
async def test_while_it_drains_new_requests_are_refused_and_those_in_flight_finish() -> None:
    gate = Gated(running_api)
    async with serving(gate, drain_timeout=60.0) as it:
        in_rpc = it.publish.CheckHealth(publish.CheckHealthRequest())
        in_graphql = asyncio.create_task(it.http.post("/graphql", json=QUERY))
        await until(lambda: gate.waiting == 2)
        assert it.facade.door.in_flight == 2
        await it.leave()

        assert (await it.http.get("/readyz")).status_code == 503
        assert (await it.http.get("/healthz")).status_code == 200
        assert [await it.healthy(name) for name in ("", "facade.v1.PublishService")] == [2, 2]

        refused = await failed(it.publish.CheckHealth(publish.CheckHealthRequest()))
        info = detail(refused, ErrorInfo)
        assert info is not None
        assert (refused.code(), info.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
        assert trailers(refused)["grpc-retry-pushback-ms"] == "0", "it may be repeated at once, elsewhere"
        answer = await it.http.post("/graphql", json=QUERY)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["extensions"]["reason"]) == (503, "SHUTTING_DOWN")
        assert error["extensions"]["retryable"] is True
        assert answer.headers["retry-after"] == "0"

        assert not it.ended.done()
        gate.opened.set()
        assert (await in_rpc).message == "API is running"
        assert (await in_graphql).json() == {"data": {"publishHealth": {"message": "API is running"}}}
        await it.ended
        with pytest.raises(httpx.ConnectError):
            await it.http.get("/healthz")


async def test_before_it_drains_it_serves_on_until_load_balancers_have_noticed() -> None:
    async with serving(Answering(running_api), drain_delay=4.0) as it:
        assert "connection" not in (await it.http.get("/healthz")).headers
        it.stop.set()
        await until(lambda: it.facade.door.leaving)
        assert (await it.http.get("/readyz")).status_code == 503
        assert await it.healthy("") == 2
        assert (await it.publish.CheckHealth(publish.CheckHealthRequest())).message == "API is running"
        answer = await it.http.post("/graphql", json=QUERY)
        assert answer.json() == {"data": {"publishHealth": {"message": "API is running"}}}
        assert answer.headers["connection"] == "close", "it may not be met by the end of the connection"
        assert not it.ended.done()
        await it.ended
        with pytest.raises(httpx.ConnectError):
            await it.http.get("/healthz")


async def test_when_the_drain_time_is_over_those_in_flight_are_told_and_it_ends() -> None:
    gate = Gated(running_api)
    async with serving(gate, drain_timeout=0.2) as it:
        users = provisioning_pb2_grpc.ProvisioningServiceStub(it.channel)
        metadata = tuple(basic().items())
        once = it.publish.CheckHealth(publish.CheckHealthRequest())
        stream = users.StreamUsers(provisioning.StreamUsersRequest(), metadata=metadata)
        told = [asyncio.create_task(failed(call)) for call in (once, stream)]
        in_graphql = asyncio.create_task(it.http.post("/graphql", json=QUERY))
        await until(lambda: gate.waiting == 3)
        started = time.monotonic()
        await it.leave()
        for error in await asyncio.gather(*told):
            info = detail(error, ErrorInfo)
            assert info is not None
            assert (error.code(), info.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
            assert trailers(error)["grpc-retry-pushback-ms"] == "-1", "nobody knows what became of it"
        answer = await in_graphql
        (entry,) = answer.json()["errors"]
        assert (answer.status_code, entry["extensions"]["reason"]) == (503, "SHUTTING_DOWN")
        assert entry["extensions"]["retryable"] is False
        assert "retry-after" not in answer.headers
        await it.ended
        assert 0.2 <= time.monotonic() - started < 0.2 + MORE
        assert gate.cancelled == 3, "the upstream calls are given up, too"


async def test_without_requests_it_ends_at_once() -> None:
    async with serving(Gated(running_api), drain_timeout=60.0) as it:
        assert (await it.http.get("/healthz")).status_code == 200  # the connection stays open
        watch = it.health.Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == 1
        started = time.monotonic()
        await it.leave()
        assert (await watch.read()).status == 2, "a watcher is told"
        await it.ended
        assert time.monotonic() - started < MORE


@pytest.mark.parametrize("face", ["grpc", "graphql"])
async def test_a_caller_who_goes_away_takes_the_upstream_call_along(face: str) -> None:
    gate = Gated(running_api)
    async with serving(gate, drain_timeout=60.0) as it:
        if face == "grpc":
            call = it.publish.CheckHealth(publish.CheckHealthRequest())
            await until(lambda: gate.waiting == 1)
            call.cancel()
        else:
            request = asyncio.create_task(it.http.post("/graphql", json=QUERY))
            await until(lambda: gate.waiting == 1)
            request.cancel()
        await until(lambda: gate.cancelled == 1)
        await until(lambda: it.facade.door.in_flight == 0)
        gate.opened.set()
        assert (await it.publish.CheckHealth(publish.CheckHealthRequest())).message == "API is running"
        assert (await it.http.post("/graphql", json=QUERY)).status_code == 200
