"""gRPC connections that do what no client does: others are served, and what they hold is given back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import grpc
import pytest

from facade import sandbox
from facade.rpc import server
from facade.server import Running, running
from facade.v1 import publish_pb2, publish_pb2_grpc
from tests.rpc.http2 import DATA, END_HEADERS, END_STREAM, HEADERS, PING, SETTINGS, frame, frames, literal
from tests.support import basic, settings_for, until
from tests.transports import Gated, running_api

pytestmark = pytest.mark.anyio

RST_STREAM, CONTINUATION = 0x3, 0x9
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CHECK = "/facade.v1.PublishService/CheckHealth"
PUBLISH = "/facade.v1.PublishService/PublishEvent"
EMPTY = b"\0\0\0\0\0"  # a message of no bytes
END = 30.0  # seconds; generous
CALLS = 20
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def head(path: str = CHECK) -> bytes:
    """The headers of a call."""
    pairs = {":method": "POST", ":scheme": "http", ":path": path, ":authority": "facade", "te": "trailers"}
    return b"".join(map(literal, {**pairs, "content-type": "application/grpc", **basic()}.items()))


@asynccontextmanager
async def opened(facade: Running, settings: bytes = b"") -> AsyncIterator[Streams]:
    """A connection of HTTP/2."""
    host, _, port = facade.grpc.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(PREFACE + frame(SETTINGS, 0, 0, settings))
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def poured(writer: asyncio.StreamWriter, reader: asyncio.StreamReader, parts: Any) -> None:
    """Sends all parts, or as many as the server takes; what it says is read, so that it can go on."""

    async def read() -> None:
        with suppress(ConnectionError):
            while await reader.read(65536):
                pass

    reading = asyncio.create_task(read())
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(END):
            for part in parts:
                writer.write(part)
                await writer.drain()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


def reset_at_once() -> list[bytes]:
    """10,000 calls, each given up as it is made."""
    block = head()
    reset = b"\0\0\0\x08"
    return [
        frame(HEADERS, END_HEADERS, stream, block) + frame(RST_STREAM, 0, stream, reset)
        for stream in range(1, 20_000, 2)
    ]


def continued() -> list[bytes]:
    """Headers of 16 MB that never end."""
    more = literal(("x", "y" * 120)) * 100
    return [frame(HEADERS, 0, 1, head()), *(frame(CONTINUATION, 0, 1, more) for _ in range(1300))]


def empty_continued() -> list[bytes]:
    """Headers in 20,000 frames of nothing."""
    return [frame(HEADERS, 0, 1, head()), *(frame(CONTINUATION, 0, 1, b"") * 100 for _ in range(200))]


FLOODS: dict[str, Callable[[], list[bytes]]] = {
    "rapid reset": reset_at_once,
    "continuation": continued,
    "empty continuation": empty_continued,
    "ping": lambda: [frame(PING, 0, 0, b"x" * 8) * 100] * 200,
    "settings": lambda: [frame(SETTINGS, 0, 0, b"\0\4\0\0\xff\xff") * 100] * 200,
    "empty data": lambda: [frame(HEADERS, END_HEADERS, 1, head()), *([frame(DATA, 0, 1, b"") * 100] * 200)],
}


@pytest.mark.case("H07")
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_a_flood_harms_no_other_connection(flood: Callable[[], list[bytes]], facade: Running) -> None:
    async with opened(facade) as (reader, writer), grpc.aio.insecure_channel(facade.grpc) as channel:
        flooding = asyncio.create_task(poured(writer, reader, flood()))
        stub: Any = publish_pb2_grpc.PublishServiceStub(channel)
        for _ in range(CALLS):
            answer = await stub.CheckHealth(publish_pb2.CheckHealthRequest(), timeout=END)
            assert answer.message == "API is running"
        await flooding
    await until(lambda: facade.door.in_flight == 0, END)


@pytest.mark.case("H07")
async def test_a_client_with_a_window_of_nothing_holds_nothing_up(facade: Running) -> None:
    nothing = b"\0\4" + b"\0\0\0\0"
    async with opened(facade, nothing) as (_, writer), grpc.aio.insecure_channel(facade.grpc) as channel:
        for stream in range(1, 200, 2):
            call = frame(HEADERS, END_HEADERS, stream, head()) + frame(DATA, END_STREAM, stream, EMPTY)
            writer.write(call)
        await writer.drain()
        stub: Any = publish_pb2_grpc.PublishServiceStub(channel)
        for _ in range(CALLS):
            assert (await stub.CheckHealth(publish_pb2.CheckHealthRequest(), timeout=END)).message
    await until(lambda: facade.door.in_flight == 0, END)


@pytest.mark.case("H04")
async def test_a_message_that_says_to_be_of_4_gib_is_refused_before_it_comes(facade: Running) -> None:
    async with opened(facade) as (reader, writer), grpc.aio.insecure_channel(facade.grpc) as channel:
        claim = b"\0\xff\xff\xff\xff"
        writer.write(frame(HEADERS, END_HEADERS, 1, head(PUBLISH)) + frame(DATA, 0, 1, claim + b"x" * 1000))
        trailers = b""
        async with asyncio.timeout(END):
            async for kind, flags, stream, payload in frames(reader):
                trailers += payload if kind == HEADERS and stream == 1 else b""
                if kind == RST_STREAM or (stream == 1 and flags & END_STREAM):
                    break
        assert b"grpc-status\x018" in trailers  # RESOURCE_EXHAUSTED
        stub: Any = publish_pb2_grpc.PublishServiceStub(channel)
        assert (await stub.CheckHealth(publish_pb2.CheckHealthRequest(), timeout=END)).message


@pytest.mark.case("I01")
@pytest.mark.parametrize("begun", [b"", PREFACE[:10], PREFACE, b"GET / HTTP/1.1\r\n"])
async def test_a_connection_that_does_not_begin_is_closed(begun: bytes, upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url, head_timeout=0.5)) as facade:
        host, _, port = facade.grpc.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(begun)
        async with asyncio.timeout(END):
            with suppress(ConnectionResetError):
                while await reader.read(65536):
                    pass
        writer.close()


async def test_a_connection_without_calls_is_closed(upstream: sandbox.Running) -> None:
    settings = settings_for(upstream.url, keep_alive_timeout=0.5)
    async with running(settings) as facade, grpc.aio.insecure_channel(facade.grpc) as channel:
        for _ in range(2):
            assert (await call(channel)).message
            async with asyncio.timeout(END):
                while channel.get_state() is grpc.ChannelConnectivity.READY:
                    await channel.wait_for_state_change(grpc.ChannelConnectivity.READY)


@pytest.mark.case("H11")
async def test_a_connection_has_a_limited_number_of_calls_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_STREAMS", 5)
    gate = Gated(running_api)
    own = [("grpc.use_local_subchannel_pool", 1)]
    async with (
        running(settings_for("http://upstream.invalid"), gate) as facade,
        grpc.aio.insecure_channel(facade.grpc) as first,
        grpc.aio.insecure_channel(facade.grpc, options=own) as second,
    ):
        calls = [call(first) for _ in range(20)]
        await until(lambda: gate.waiting == 5)
        other = call(second)
        await until(lambda: gate.waiting == 6)
        assert not any(each.done() for each in calls)
        gate.opened.set()
        assert (await other).message == "API is running"
        ends = await asyncio.gather(*calls, return_exceptions=True)
    refused = [end for end in ends if isinstance(end, grpc.aio.AioRpcError)]
    assert {error.code() for error in refused} <= {grpc.StatusCode.UNAVAILABLE}  # of streams as they end and begin
    assert len(refused) < 15


def call(channel: grpc.aio.Channel) -> "asyncio.Future[Any]":
    """A call whose answer is to come."""
    stub: Any = publish_pb2_grpc.PublishServiceStub(channel)
    made: asyncio.Future[Any] = asyncio.ensure_future(stub.CheckHealth(publish_pb2.CheckHealthRequest(), timeout=END))
    return made
