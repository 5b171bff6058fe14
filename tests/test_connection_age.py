"""Connections that are old: their clients are asked to connect anew, and nothing that has begun on them is cut."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import httpx
import pytest

from facade import sandbox
from facade.server import Running, running
from facade.v1 import publish_pb2, publish_pb2_grpc
from tests.bulk.stream import items
from tests.graphql.socket import HEALTH, UP, connected, sync
from tests.support import basic, set_faults, settings_for, until
from tests.transports import Gated, running_api

pytestmark = pytest.mark.anyio

AGE = 0.05  # seconds
OLD = AGE * 1.2  # and the jitter
REQUEST = b"GET /healthz HTTP/1.1\r\nhost: facade\r\n\r\n"


@pytest.fixture
async def aging(upstream: sandbox.Running) -> AsyncIterator[Running]:
    """A facade whose connections are old in a moment."""
    async with running(settings_for(upstream.url, max_connection_age=AGE)) as facade:
        yield facade


class Connection:
    """An HTTP/1.1 connection that sends what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def answer(self) -> str:
        """The head of the next answer of /healthz."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert await self.reader.readexactly(len("alive\n")) == b"alive\n"
        return head.decode()


@asynccontextmanager
async def connection(facade: Running) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection(*facade.http.removeprefix("http://").split(":"))
    yield Connection(reader, writer)
    writer.close()
    await writer.wait_closed()


async def grown_old() -> None:
    """Returns when the connections that there are have become old."""
    now = time.monotonic()
    await until(lambda: time.monotonic() > now + OLD)


async def test_a_young_connection_stays(facade: Running) -> None:
    async with connection(facade) as client:
        for _ in range(3):
            client.writer.write(REQUEST)
            assert "connection" not in await client.answer()


async def test_an_old_connection_ends_with_the_next_answer_which_says_so(aging: Running) -> None:
    async with connection(aging) as client:
        await grown_old()
        client.writer.write(REQUEST)
        assert "\r\nconnection: close\r\n" in await client.answer()
        assert await client.reader.read() == b""


async def test_whoever_does_not_wait_for_answers_gets_all_of_them(aging: Running) -> None:
    async with connection(aging) as client:
        await grown_old()
        client.writer.write(REQUEST * 3)
        heads = [await client.answer() for _ in range(3)]
        assert ["connection: close" in head for head in heads] == [False, False, True]


async def test_a_client_that_asks_for_the_end_is_not_kept_longer(aging: Running) -> None:
    async with connection(aging) as client:
        await grown_old()
        client.writer.write(REQUEST.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
        assert "connection: close" in await client.answer()
        assert await client.reader.read() == b""


async def test_clients_of_pools_notice_nothing(aging: Running) -> None:
    async with httpx.AsyncClient(base_url=aging.http) as client:
        closed = 0
        while closed < 3:
            answer = await client.post("/graphql", json=HEALTH)
            assert answer.json() == UP
            closed += answer.headers.get("connection") == "close"


async def test_a_request_that_grows_old_is_answered() -> None:
    gate = Gated(running_api)
    async with (
        running(settings_for("http://upstream.invalid", max_connection_age=AGE), gate) as facade,
        httpx.AsyncClient(base_url=facade.http) as client,
    ):
        request = asyncio.create_task(client.post("/graphql", json=HEALTH))
        await until(lambda: gate.waiting == 1)
        await grown_old()
        gate.opened.set()
        assert (await request).json() == UP


async def test_a_stream_of_events_that_grows_old_goes_on(aging: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": "/bpm/*", "delay": OLD})
    headers = basic() | {"accept": "text/event-stream"}
    async with httpx.AsyncClient(base_url=aging.http, timeout=30) as client:
        answer = await client.post("/graphql", json=sync(3), headers=headers)
    assert '"added":3' in answer.text
    assert "event: complete" in answer.text


async def test_a_websocket_that_grows_old_stays(aging: Running) -> None:
    async with connected(aging) as talk:
        for name in ("first", "second"):
            await grown_old()
            await talk.subscribe(name, HEALTH)
            assert await talk.until_ended(name) == [UP, None]


async def test_an_rpc_that_grows_old_goes_on_while_new_ones_take_a_new_connection(aging: Running) -> None:
    first, second = (publish_pb2.PublishStreamRequest(item=item) for item in items(2))
    async with grpc.aio.insecure_channel(aging.grpc) as channel:
        stub: Any = publish_pb2_grpc.PublishServiceStub(channel)
        stream = stub.PublishStream(metadata=tuple(basic().items()))
        await stream.write(first)
        assert (await stream.read()).result.item_id == "0"
        async with asyncio.timeout(30):
            await channel.wait_for_state_change(grpc.ChannelConnectivity.READY)  # it was asked to connect anew
        assert (await stub.CheckHealth(publish_pb2.CheckHealthRequest())).message == "API is running"
        await stream.write(second)
        assert (await stream.read()).result.item_id == "1"
        await stream.done_writing()
        assert await stream.code() is grpc.StatusCode.OK
