"""What is slow slows the rest, instead of filling memory; and what is gone is not worked for."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from facade import sandbox
from facade.server import Running, running
from facade.v1 import publish_pb2 as pb
from facade.v1 import publish_pb2_grpc
from tests.bulk.stream import EVENTS, Outcome, items, now, seen
from tests.readme.processes import environment, started
from tests.support import basic, quiet, settings_for, until

pytestmark = pytest.mark.anyio

PLACES = 8
WINDOW = 2 * PLACES
COUNT = 5_000
# What HTTP/2 and grpc hold of a stream on its way to us: they let the window grow to about the largest message.
REQUESTS = 8 * 1024**2  # bytes
# And on the way back, to a client that does not let it grow.
RESULTS = 3 * 64 * 1024
NARROW = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 64 * 1024))
LONG = "i" * 240  # makes ids, and by them results, about as long as this
LARGE = "x" * 3_600  # makes items as large as this; the sandbox's log keeps it whole
SLOW = {"path": "/publish/*", "delay": 0.02}


@dataclass
class Writer:
    """A call that is written to as fast as it takes it."""

    call: Any
    written: int = 0

    async def write(self) -> None:
        """Writes all items: so large that buffers on the way hold but a part of them."""
        for item in items(COUNT):
            item.item_id += LONG
            item.event.description = LARGE
            await self.call.write(pb.PublishStreamRequest(item=item))
            self.written += 1
        await self.call.done_writing()


@asynccontextmanager
async def writing(address: str) -> AsyncIterator[Writer]:
    """A stream that is being written; cancelled at the end."""
    async with grpc.aio.insecure_channel(address, options=NARROW) as channel:
        stub: Any = publish_pb2_grpc.PublishServiceStub(channel)
        writer = Writer(stub.PublishStream(metadata=tuple(basic().items())))
        task = asyncio.create_task(writer.write())
        try:
            yield writer
        finally:
            writer.call.cancel()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def narrow(upstream: sandbox.Running) -> AsyncIterator[Running]:
    """A facade with few places."""
    async with running(settings_for(upstream.url, bulk_concurrency=PLACES)) as facade:
        yield facade


async def test_a_caller_who_does_not_read_is_not_served(narrow: Running, upstream: sandbox.Running) -> None:
    async with writing(narrow.grpc) as writer:
        await writer.call.read()
        await until(quiet(lambda: upstream.state.log.in_flight + writer.written, 0.5), timeout=30)
        calls, written = len(upstream.state.log.entries(EVENTS)), writer.written
        assert calls <= 1 + WINDOW + RESULTS / len(LONG)
        assert written - calls <= WINDOW + REQUESTS / len(LARGE), "the rest is on its way, and no more is taken"
        outcome = Outcome()
        while answer := await writer.call.read():
            outcome.add(answer.result)
        assert await writer.call.code() is grpc.StatusCode.OK
    assert outcome.answers == len(outcome.results) == COUNT - 1
    assert outcome.codes() == {0: COUNT - 1}


async def test_a_slow_upstream_slows_the_caller(narrow: Running, upstream: sandbox.Running) -> None:
    now(upstream, SLOW)
    ahead = []
    async with writing(narrow.grpc) as writer:
        for answers in range(1, 500):
            assert await writer.call.read()
            ahead.append(writer.written - answers)
        assert len(upstream.state.log.entries(EVENTS)) <= 500 + WINDOW
    assert max(ahead) <= WINDOW + REQUESTS / len(LARGE), "the caller cannot write further ahead than what is on its way"
    assert upstream.state.log.most_in_flight <= PLACES


async def gone(upstream: sandbox.Running, left: float) -> None:
    """Whoever left at `left` is not worked for any more a second later; the calls on their way are cut."""
    log = upstream.state.log
    await until(lambda: log.in_flight == 0)
    await until(quiet(lambda: len(log.entries(EVENTS)), 1.5))
    entries = log.entries(EVENTS)
    assert max(entry.started for entry in entries) <= left + 1.0
    assert all((entry.finished or left + 2.0) <= left + 1.0 for entry in entries)
    cut = [entry for entry in entries if entry.client_gone]
    assert 1 <= len(cut) <= PLACES
    assert {entry.status for entry in cut} == {None}


def clock(upstream: sandbox.Running) -> float:
    """The time on the clock of the sandbox's log."""
    probe = upstream.state.log
    return asyncio.get_running_loop().time() - probe._start


async def test_a_caller_who_cancels_is_not_worked_for(narrow: Running, upstream: sandbox.Running) -> None:
    now(upstream, SLOW)
    async with writing(narrow.grpc) as writer:
        for _ in range(50):
            await writer.call.read()
        left = clock(upstream)
        writer.call.cancel()
        await gone(upstream, left)
    assert max(seen(upstream).got.values()) == 1
    await until(lambda: narrow.door.in_flight == 0)


async def test_a_caller_who_is_killed_is_not_worked_for(narrow: Running, upstream: sandbox.Running) -> None:
    now(upstream, SLOW)
    client = (sys.executable, "-m", "tests.bulk.endless", narrow.grpc)
    root = Path(__file__).parents[2]
    async with started(*client, env=environment(), cwd=root) as process:
        await until(lambda: len(upstream.state.log.entries(EVENTS)) > 50, timeout=60)
        left = clock(upstream)
        process.kill()
        await gone(upstream, left)
    await until(lambda: narrow.door.in_flight == 0)
