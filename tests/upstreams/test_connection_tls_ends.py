"""TLS: large messages, and connections that end inside of it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import closing, suppress

import httpx
import pytest

from facade.upstreams.pool import Pool, readable
from facade.upstreams.transport import AnswerRefusedError, Transport
from tests.support import until
from tests.upstreams.tls import speaking, trusted
from tests.upstreams.wire import Connection, Handler, always, answer, once, serving

REQUEST = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}"
MANY = 100_000_000  # bytes, more than the sockets' buffers take by far


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with Transport(max_answer=100_000, tls=trusted) as transport:
        yield transport


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    with closing(Pool(max_answer=1000, connect_timeout=5.0, max_idle=10, tls=trusted)) as pool:
        yield pool


async def post(transport: Transport, url: str, content: bytes = b"{}") -> httpx.Response:
    headers = {"authorization": "Basic c2VjcmV0"}
    return await transport.handle_async_request(httpx.Request("POST", url, headers=headers, content=content))


async def test_a_request_and_an_answer_may_be_larger_than_the_buffers() -> None:
    large = bytes(5_000_000)
    async with (
        serving(always(answer(large)), speaking()) as server,
        Transport(max_answer=len(large), tls=trusted) as transport,
    ):
        for _ in range(2):
            assert await (await post(transport, server.url, large)).aread() == large

    assert server.opened == 1
    assert all(request.endswith(large) for request in server.requests)


async def test_a_huge_answer_is_not_read_to_its_end(transport: Transport) -> None:
    async def huge(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            await connection.send(bytes(MANY // 100))

    async with serving(huge, speaking()) as server:
        with pytest.raises(AnswerRefusedError):
            await post(transport, server.url)
        await until(lambda: server.ended == 1)


async def cut(connection: Connection) -> None:
    """The end of TCP without the end of TLS, as anybody on the way can make it."""
    await connection.request()
    await connection.send(b"HTTP/1.1 200 OK\r\n\r\n[1]")
    connection.writer.transport.abort()


async def test_an_answer_that_ends_with_its_connection_ends_with_tls(transport: Transport) -> None:
    async with serving(once(b"HTTP/1.1 200 OK\r\n\r\n[1]"), speaking()) as server:
        assert await (await post(transport, server.url)).aread() == b"[1]"
    async with serving(cut, speaking()) as server:
        with pytest.raises(httpx.ReadError):
            await post(transport, server.url)


async def cut_later(connection: Connection) -> None:
    await connection.request()
    await connection.send(answer())
    connection.writer.transport.abort()


async def reset(connection: Connection) -> None:
    await connection.request()
    await connection.send(answer())
    connection.reset()


@pytest.mark.parametrize("handler", [once(answer()), cut_later, reset], ids=["closed", "cut", "reset"])
async def test_a_connection_that_the_server_ended_is_not_used_for_the_next_call(pool: Pool, handler: Handler) -> None:
    async with serving(handler, speaking()) as server:
        origin = b"https", b"localhost", httpx.URL(server.url).port or 0
        for number in range(1, 6):
            connection = await pool.take(origin)
            assert (await connection.exchange(REQUEST)).status == 200
            pool.give(origin, connection)
            await until(lambda: not connection.reusable)  # noqa: B023 - asked within the turn
            assert server.opened == number


async def test_a_connection_that_was_idle_for_a_while_is_used(pool: Pool) -> None:
    async with serving(always(answer()), speaking()) as server:
        origin = b"https", b"localhost", httpx.URL(server.url).port or 0
        connection = await pool.take(origin)
        await connection.exchange(REQUEST)
        connection.idle_since -= 2.0
        pool.give(origin, connection)

        assert await pool.take(origin) is connection


async def test_a_handshake_takes_no_longer_than_connecting_may() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with Transport(max_answer=1000, connect_timeout=0.1) as transport:
            with pytest.raises(httpx.ConnectTimeout):
                await post(transport, f"https://127.0.0.1:{listener.getsockname()[1]}/")

        await asyncio.to_thread(assert_hung_up, listener)


async def test_a_call_that_is_cancelled_in_the_handshake_leaves_no_connection(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        call = asyncio.create_task(post(transport, f"https://127.0.0.1:{listener.getsockname()[1]}/"))
        await until(lambda: readable(listener.fileno()))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        await asyncio.to_thread(assert_hung_up, listener)


def assert_hung_up(listener: socket.socket) -> None:
    """What connected is gone, and has sent nothing but the beginning of a handshake."""
    with listener.accept()[0] as peer:
        peer.settimeout(5)
        received = b""
        with suppress(ConnectionResetError):
            while part := peer.recv(65536):
                received += part
    assert received[:1] in {b"", b"\x16"}
    assert b"c2VjcmV0" not in received
