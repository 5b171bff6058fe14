"""Floods of HTTP/2 frames against the gRPC port: whoever else calls is served, and nothing is held for the flood."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest

import facade.rpc.sending
from facade import sandbox
from facade.server import Running, running
from facade.v1 import publish_pb2, publish_pb2_grpc
from tests.catalogue.holding import descriptors
from tests.rpc.flood import CANCEL, CONTINUATION, EMPTY, RST_STREAM, Flood, flood, head
from tests.rpc.http2 import (
    DATA,
    END_STREAM,
    INITIAL_WINDOW_SETTING,
    PING,
    SETTINGS,
    frame,
    literal,
)
from tests.support import basic, quiet, settings_for, until

pytestmark = pytest.mark.anyio

MANY = 10_000  # frames, or pairs of them
BUNCH = 250  # sent in one write
CONNECTIONS = 20  # that a flood may open, one after the other, as the server closes them
AT_LEAST = 50  # calls of somebody else meanwhile, so that a share of them says something
SERVED = 0.99  # of them
LONG = 30.0  # seconds
CHECK = publish_pb2.CheckHealthRequest()
STREAM_USERS = "/facade.v1.ProvisioningService/StreamUsers"
NO_WINDOW = frame(SETTINGS, 0, 0, INITIAL_WINDOW_SETTING.to_bytes(2, "big") + bytes(4))
Part = Callable[[Flood, str, int], Awaitable[None]]


async def resets(connection: Flood, address: str, count: int) -> None:
    """Calls that are given up in the same breath (CVE-2023-44487)."""
    block = head(address)
    for number in range(count):
        stream = await connection.open(block)
        await connection.send(frame(DATA, END_STREAM, stream, EMPTY) + frame(RST_STREAM, 0, stream, CANCEL))
        if connection.ended.is_set():
            return
        if number % BUNCH == 0:
            await asyncio.sleep(0)


async def continuations(connection: Flood, address: str, count: int) -> None:
    """Headers that do not end (CVE-2024-24549 and its like)."""
    stream = await connection.open(head(address), flags=0)
    part = frame(CONTINUATION, 0, stream, literal(("x-more", "y" * 100)))
    await repeated(connection, part, count)


async def pings(connection: Flood, _address: str, count: int) -> None:
    """Pings, each of which wants an answer."""
    await repeated(connection, frame(PING, 0, 0, b"12345678"), count)


async def settings(connection: Flood, _address: str, count: int) -> None:
    """Settings, each of which wants an acknowledgement."""
    await repeated(connection, frame(SETTINGS, 0, 0, b""), count)


async def empty_data(connection: Flood, address: str, count: int) -> None:
    """Frames of no data, on a call that does not end."""
    stream = await connection.open(head(address))
    await repeated(connection, frame(DATA, 0, stream, b""), count)


async def repeated(connection: Flood, part: bytes, count: int) -> None:
    """Sends the same again and again."""
    for _ in range(count // BUNCH):
        await connection.send(part * BUNCH)
        if connection.ended.is_set():
            return
        await asyncio.sleep(0)


class Neighbour:
    """Somebody else, who calls all the time, on a connection of his own."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: Any = publish_pb2_grpc.PublishServiceStub(channel)
        self.outcomes: Counter[str] = Counter()

    async def call(self) -> None:
        """One call."""
        try:
            await self._stub.CheckHealth(CHECK, timeout=LONG)
            self.outcomes["OK"] += 1
        except grpc.aio.AioRpcError as error:
            self.outcomes[error.code().name] += 1

    async def go_on(self, flooding: "asyncio.Task[None]") -> None:
        """Calls as long as the flood lasts, and some times at least."""
        while not flooding.done() or self.outcomes.total() < AT_LEAST:
            await self.call()


@pytest.fixture
async def neighbour(facade: Running) -> AsyncIterator[Neighbour]:
    async with grpc.aio.insecure_channel(facade.grpc) as channel:
        yield Neighbour(channel)


async def flooded(facade: Running, part: Part) -> None:
    """Sends MANY, in as many connections as it takes, up to some."""
    for _ in range(CONNECTIONS):
        async with flood(facade.grpc) as connection:
            await part(connection, facade.grpc, MANY)
            if not connection.ended.is_set():
                return


@pytest.mark.case("H07")
@pytest.mark.parametrize(
    "part", [resets, continuations, pings, settings, empty_data], ids=lambda part: str(part.__name__)
)
async def test_who_does_not_flood_is_served(part: Part, facade: Running, neighbour: Neighbour) -> None:
    await neighbour.call()
    before = descriptors()
    flooding = asyncio.create_task(flooded(facade, part))
    await neighbour.go_on(flooding)
    await flooding
    assert neighbour.outcomes["OK"] / neighbour.outcomes.total() >= SERVED, neighbour.outcomes
    await until(lambda: facade.door.in_flight == 0, LONG)
    await until(lambda: descriptors() <= before + 2, LONG)


@pytest.mark.case("H07")
async def test_who_leaves_no_room_for_answers_gives_the_place_back(
    upstream: sandbox.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facade.rpc.sending, "LATE", 0.5)
    calls = 50
    # As many as there are places: with one place more, nobody could tell whether they are given back.
    changed = settings_for(upstream.url, default_timeout=0.5, max_in_flight=calls)
    async with running(changed) as started, flood(started.grpc) as connection:
        await connection.send(NO_WINDOW)
        block = head(started.grpc, basic(), path=STREAM_USERS)
        for _ in range(calls):
            await connection.send(frame(DATA, END_STREAM, await connection.open(block), EMPTY))
        await until(lambda: started.door.in_flight == calls, LONG)
        await until(lambda: started.door.in_flight == 0, LONG)
        async with grpc.aio.insecure_channel(started.grpc) as channel:
            answer = await publish_pb2_grpc.PublishServiceStub(channel).CheckHealth(CHECK)
        assert answer.message == "API is running"


@pytest.mark.case("H13")
async def test_a_stream_whose_client_leaves_while_it_waits_for_room_is_no_defect(
    facade: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "facade.request")
    async with flood(facade.grpc) as connection:
        await connection.send(NO_WINDOW)
        stream = await connection.open(head(facade.grpc, basic(), path=STREAM_USERS))
        await connection.send(frame(DATA, END_STREAM, stream, EMPTY))
        await until(lambda: facade.door.in_flight == 1, LONG)
        await until(quiet(lambda: facade.door.in_flight), LONG)
    await until(lambda: facade.door.in_flight == 0, LONG)
    (line,) = [record for record in caplog.records if record.name == "facade.request"]
    assert line.__dict__["code"] == "CANCELLED"
    assert [record for record in caplog.records if record.exc_info] == []
