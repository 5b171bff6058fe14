"""The life of a connection: kept, closed, given up; and what must never travel over it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import pytest

from facade.upstreams.transport import Transport
from tests.support import until
from tests.upstreams.wire import Connection, always, answer, once, serving


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with Transport(max_answer=100_000) as transport:
        yield transport


async def get(transport: Transport, url: str) -> httpx.Response:
    return await transport.handle_async_request(httpx.Request("GET", url))


async def post(transport: Transport, url: str, content: bytes = b"{}") -> httpx.Response:
    return await transport.handle_async_request(httpx.Request("POST", url, content=content))


async def test_a_connection_is_used_again(transport: Transport) -> None:
    async with serving(always(answer())) as server:
        for _ in range(20):
            await post(transport, server.url)

    assert (server.opened, len(server.requests)) == (1, 20)


@pytest.mark.case("C05")
async def test_a_post_over_a_connection_that_the_server_closes_is_sent_once_at_most(transport: Transport) -> None:
    """Each answer is the last of its connection: the next request meets the closing at any moment."""
    acknowledged = []
    async with serving(once(answer())) as server:
        for number in range(100):
            body = b"%d" % number
            with suppress(httpx.TransportError):
                await post(transport, server.url, body)
                acknowledged.append(body)

    received = [request.rpartition(b"\r\n\r\n")[2] for request in server.requests]
    assert len(received) == len(set(received))
    assert set(acknowledged) <= set(received)
    assert acknowledged


@pytest.mark.case("C05")
async def test_a_post_that_was_read_before_the_connection_ended_is_not_sent_again(transport: Transport) -> None:
    async def second_unanswered(connection: Connection) -> None:
        await connection.request()
        await connection.send(answer())
        await connection.request()

    async with serving(second_unanswered) as server:
        await get(transport, server.url)
        with pytest.raises((httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)):
            await post(transport, server.url, b"once")

    assert (server.opened, len(server.requests)) == (1, 2)


@pytest.mark.parametrize(
    "after", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"], ids=repr
)
async def test_a_call_that_is_cancelled_closes_its_connection(transport: Transport, after: bytes) -> None:
    async def stalling(connection: Connection) -> None:
        await connection.request()
        await connection.send(after)
        await connection.hung_up()

    async with serving(stalling) as server:
        call = asyncio.create_task(post(transport, server.url))
        await until(lambda: len(server.requests) == 1)

        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        await until(lambda: server.ended == 1)


@pytest.mark.case("C18")
async def test_a_call_whose_time_is_over_closes_its_connection(transport: Transport) -> None:
    async def endless(connection: Connection) -> None:
        await connection.request()
        while True:
            await connection.send(b"HTTP/1.1 102 Processing\r\n\r\n")
            await asyncio.sleep(0.01)  # the pace of the answers, not a wait

    async with serving(endless) as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await post(transport, server.url)

        await until(lambda: server.ended == 1)


async def test_cancelled_calls_leave_room_for_others(transport: Transport) -> None:
    async def first_stalls(connection: Connection) -> None:
        if b"/stall" in await connection.request():
            await connection.hung_up()
        await connection.send(answer())

    async with serving(first_stalls) as server:
        stalled = [asyncio.create_task(get(transport, f"{server.url}/stall")) for _ in range(200)]
        await until(lambda: len(server.requests) == 200)
        for call in stalled:
            call.cancel()
        await asyncio.gather(*stalled, return_exceptions=True)

        assert (await get(transport, server.url)).status_code == 200
        await until(lambda: server.ended >= 200)


EVIL = answer(b'"evil"', b"x-evil: 1")


@pytest.mark.case("C16")
@pytest.mark.parametrize(
    "first",
    [
        answer() + EVIL,
        b"HTTP/1.1 204 No Content\r\n\r\n" + EVIL,
        b"HTTP/1.1 204 No Content\r\ncontent-length: 6\r\n\r\n" + b'"evil"',
        b"HTTP/1.1 304 Not Modified\r\ncontent-length: 6\r\n\r\n" + b'"evil"',
    ],
    ids=["an answer too many", "an answer after 204", "a body in 204", "a body in 304"],
)
async def test_surplus_bytes_do_not_reach_the_next_call(transport: Transport, first: bytes) -> None:
    async def surplus(connection: Connection) -> None:
        if server.opened == 1:
            await connection.request()
            await connection.send(first)
        await always(answer(b'"good"'))(connection)

    async with serving(surplus) as server:
        await get(transport, server.url)
        got = await get(transport, server.url)

    assert await got.aread() == b'"good"'
    assert "x-evil" not in got.headers
    assert server.opened == 2


async def test_an_answer_that_nobody_asked_for_ends_the_connection(transport: Transport) -> None:
    late = asyncio.Event()

    async def unasked(connection: Connection) -> None:
        await connection.request()
        await connection.send(answer(b'"good"'))
        if server.opened == 1:
            await late.wait()
            await connection.send(EVIL)
        await connection.hung_up()

    async with serving(unasked) as server:
        await get(transport, server.url)
        late.set()
        await until(lambda: server.ended == 1)

        assert await (await get(transport, server.url)).aread() == b'"good"'
