"""Callers of a worker that dies come back all at once; the one that takes its place logs in once for all of them."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from facade.v1 import publish_pb2, publish_pb2_grpc
from tests.readme.processes import STOP
from tests.supervisor.serving import LONG, Served, serving
from tests.support import basic, set_faults

pytestmark = pytest.mark.anyio

TOKEN = "/api/v1/user/token"
CALLERS = 24
EVENT = publish_pb2.PublishEventRequest(event=publish_pb2.Event(env_customer_id="C-100"))
METADATA = tuple(basic().items())


async def published(served: Served) -> int:
    """So many callers, each on a connection of its own, publish at once; returns the logins that there were so far."""
    own = (("grpc.use_local_subchannel_pool", 1),)  # else channels to one address are one connection
    channels = [grpc.aio.insecure_channel(served.grpc, options=own) for _ in range(CALLERS)]
    try:
        stubs: list[Any] = [publish_pb2_grpc.PublishServiceStub(channel) for channel in channels]
        calls = [stub.PublishEvent(EVENT, metadata=METADATA, timeout=LONG, wait_for_ready=True) for stub in stubs]
        assert {(await call).message for call in calls}
    finally:
        await asyncio.gather(*(channel.close(None) for channel in channels))
    async with httpx.AsyncClient(base_url=served.sandbox) as control:
        return len((await control.get(f"/sandbox/requests?path={TOKEN}")).json()["requests"])


@pytest.mark.case("J03")
async def test_a_worker_that_takes_the_place_of_another_logs_in_once_however_many_wait(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await set_faults(served.sandbox, {"path": TOKEN, "delay": 1})
        logins = await published(served)
        assert 1 <= logins <= 2, "one a worker: workers share no memory"
        for _ in range(20):  # until both have had somebody to log in for
            if logins == 2:
                break
            logins = await published(served)
        assert logins == 2
        for number, most in ((1, 3), (2, 4)):
            await served.replaced(number)
            for _ in range(3):
                logins = await published(served)
            assert logins <= most, "those who waited shared one login"
        assert logins > 2, "the new ones did log in"
        served.process.terminate()
        async with asyncio.timeout(STOP):
            assert await served.process.wait() == 0
