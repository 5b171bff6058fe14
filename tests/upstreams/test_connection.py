"""Whose answer is it, and is it whole? And what a connection reads at most. Over the wire, against hostile servers."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator

import httpx
import pytest

from facade.upstreams.transport import AnswerRefusedError, Transport
from tests.support import until
from tests.upstreams.wire import Connection, Handler, always, answer, once, serving

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
MAX_ANSWER = 100_000
MANY = 100_000_000  # bytes, more than the sockets' buffers take by far


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with Transport(max_answer=MAX_ANSWER) as transport:
        yield transport


async def post(transport: Transport, url: str, content: bytes = b"{}") -> httpx.Response:
    return await transport.handle_async_request(httpx.Request("POST", url, content=content))


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"], ids=["204", "304"])
@pytest.mark.parametrize(
    "before_the_end", [b"", b"HTTP/1.1 2", b"\r\n"], ids=["nothing", "a beginning", "a blank line"]
)
async def test_the_last_answer_is_not_the_next_one_s(
    transport: Transport, status: bytes, before_the_end: bytes
) -> None:
    """An answer without a body says nothing of its length, as one that ends with its connection."""

    async def second_unanswered(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 " + status + b"\r\n\r\n")
        await connection.request()
        await connection.send(before_the_end)

    async with serving(second_unanswered) as server:
        await post(transport, server.url)
        with pytest.raises(httpx.ReadError):
            await post(transport, server.url)

    assert (server.opened, len(server.requests)) == (1, 2)


@pytest.mark.case("C09", "C10")
@pytest.mark.parametrize(
    "parts",
    [
        [b"HTTP/1.1 100 Continue\r\n\r\n"],
        [b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", OK],
        [OK + b"transfer-encoding: gzip\r\n\r\n", b"{}"],
        [OK + b"transfer-encoding: chunked, identity\r\n\r\n", b"2\r\n{}\r\n0\r\n\r\n"],
        [CHUNKED + b"2\r\n{}\r\n0\r\nx-trailer: 1\r\n"],
    ],
    ids=["only an interim answer", "half a head", "not in chunks", "chunks inside", "half the trailers"],
)
async def test_the_end_of_the_connection_makes_no_answer_of_a_part(transport: Transport, parts: list[bytes]) -> None:
    async with serving(once(*parts)) as server:
        with pytest.raises(httpx.ReadError):
            await post(transport, server.url)


@pytest.mark.case("C19")
async def test_an_end_without_an_answer_is_told_at_once_also_while_the_request_is_being_sent(
    transport: Transport,
) -> None:
    async def half_closed(connection: Connection) -> None:
        await connection.reader.read(1)
        connection.writer.write_eof()
        await asyncio.Event().wait()  # reads no more, and does not close

    async with serving(half_closed) as server, asyncio.timeout(5):
        with pytest.raises(httpx.ReadError):
            await post(transport, server.url, bytes(MANY))


@pytest.mark.parametrize("headers", [b"", b"upgrade: x\r\nconnection: upgrade\r\n"], ids=["plain", "with its headers"])
async def test_a_change_of_protocol_is_no_answer(transport: Transport, headers: bytes) -> None:
    async with serving(always(b"HTTP/1.1 101 Switching Protocols\r\n" + headers + b"\r\n" + answer())) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            await post(transport, server.url)
        await until(lambda: server.ended == 1)


async def test_an_answer_before_the_request_was_read_ends_the_connection(transport: Transport) -> None:
    """What is left of the request would be taken for the next one."""

    async def early(connection: Connection) -> None:
        await connection.reader.read(1)
        await connection.send(answer(status=b"413 Content Too Large"))
        await connection.hung_up()

    async with serving(early) as server:
        assert (await post(transport, server.url, bytes(MANY))).status_code == 413
        await until(lambda: server.ended == 1)


async def test_an_answer_may_be_of_chunks_of_one_byte(transport: Transport) -> None:
    async with serving(once(CHUNKED, b"1\r\nx\r\n" * MAX_ANSWER, b"0\r\n\r\n")) as server:
        assert await (await post(transport, server.url)).aread() == b"x" * MAX_ANSWER


async def test_small_chunks_cost_no_more_memory_than_large_ones() -> None:
    size = 1_000_000

    async def chunks(connection: Connection) -> None:
        await connection.request()
        await connection.send(CHUNKED)
        for _ in range(size // 1000):
            await connection.send(b"2\r\n{}\r\n" * 500)
        await connection.send(b"0\r\n\r\n")

    async with serving(chunks) as server, Transport(max_answer=size) as transport:
        tracemalloc.start()
        try:
            assert len(await (await post(transport, server.url)).aread()) == size
            assert tracemalloc.get_traced_memory()[1] < 10 * size  # parts kept one by one cost 60 times the size
        finally:
            tracemalloc.stop()


def endless(start: bytes, more: bytes) -> tuple[Handler, list[int]]:
    """Sends `more` as long as it is read; what was sent is counted in the list."""
    sent: list[int] = []

    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.send(start)
        while sum(sent) < MANY:
            await connection.send(more)
            sent.append(len(more))

    return handler, sent


@pytest.mark.case("C15", "C18")
@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 1000),
        (b"", b"HTTP/1.1 102 Processing\r\nx-a: " + b"a" * 50_000 + b"\r\n\r\n"),
        (b"", b"\r\n" * 10_000),
        (b"HTTP/1.1 200 ", b"O" * 10_000),
        (OK, b"x-a: a\r\n" * 1000),
        (OK + b"x-a: ", b"a" * 10_000),
        (CHUNKED + b"2\r\n{}\r\n0\r\n", b"x-a: a\r\n" * 1000),
        (CHUNKED + b"2\r\n{}\r\n0\r\nx-a: ", b"a" * 10_000),
        (CHUNKED + b"2;a=", b"a" * 10_000),
        (CHUNKED, b"1;a=" + b"a" * 10_000 + b"\r\n{\r\n"),
    ],
    ids=[
        "interim answers",
        "large interim answers",
        "blank lines",
        "a reason",
        "headers",
        "a header",
        "trailers",
        "a trailer",
        "an extension of a chunk",
        "extensions of chunks",
    ],
)
async def test_what_does_not_end_is_given_up(transport: Transport, start: bytes, more: bytes) -> None:
    handler, sent = endless(start, more)
    async with serving(handler) as server:
        with pytest.raises(AnswerRefusedError):
            await post(transport, server.url)
        await until(lambda: server.ended == 1)

    assert sum(sent) < MANY / 2  # what fits into the sockets' buffers
