"""Answers that are too large, or packed: nothing costs more memory than the limit, and nothing is read in part."""

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from facade.upstreams.transport import AnswerRefusedError, Transport, inflated
from tests.support import until
from tests.upstreams.wire import Connection, always, answer, serving

MAX_ANSWER = 100_000
MEGABYTE = 1_000_000
GOOD = gzip.compress(b'{"a":1}')


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with Transport(max_answer=MAX_ANSWER) as transport:
        yield transport


async def ask(transport: Transport, url: str) -> httpx.Response:
    return await transport.handle_async_request(httpx.Request("GET", url))


def packed(body: bytes, encoding: bytes = b"gzip") -> bytes:
    return answer(body, b"content-encoding: " + encoding)


@pytest.mark.parametrize("encoding", [b"gzip", b"GZIP", b" gzip "], ids=repr)
async def test_gzip_is_unpacked(transport: Transport, encoding: bytes) -> None:
    async with serving(always(packed(GOOD, encoding))) as server:
        got = await ask(transport, server.url)

    assert await got.aread() == b'{"a":1}'
    assert "content-encoding" not in got.headers


async def test_identity_is_no_encoding(transport: Transport) -> None:
    async with serving(always(packed(b"{}", b"identity"))) as server:
        assert await (await ask(transport, server.url)).aread() == b"{}"


@pytest.mark.parametrize("status", [b"200 OK", b"204 No Content"], ids=["200", "204"])
async def test_an_empty_answer_may_name_an_encoding(transport: Transport, status: bytes) -> None:
    async with serving(always(answer(b"", b"content-encoding: gzip", status=status))) as server:
        assert await (await ask(transport, server.url)).aread() == b""


@pytest.mark.case("C14")
@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1}',
        GOOD[:-1],
        GOOD[:-9],
        GOOD[:12],
        GOOD[:-8] + bytes(8),
        GOOD + b"surplus",
        GOOD + GOOD,
        zlib.compress(b"{}"),
        gzip.compress(b"0" * (MAX_ANSWER + 1)),
        gzip.compress(b"0" * 100 * MEGABYTE),
    ],
    ids=[
        "not packed",
        "without its last byte",
        "without its checksum",
        "only its beginning",
        "a wrong checksum",
        "bytes after it",
        "two of it",
        "zlib",
        "a byte too many in it",
        "a bomb",
    ],
)
async def test_gzip_that_is_damaged_or_too_large_is_refused(transport: Transport, body: bytes) -> None:
    async with serving(always(packed(body))) as server:
        with pytest.raises(AnswerRefusedError):
            await ask(transport, server.url)


@pytest.mark.case("C14")
@pytest.mark.parametrize(
    "encoding", [b"br", b"deflate", b"zstd", b"x-gzip", b"gzip, gzip", b"gzip\r\ncontent-encoding: gzip", b""], ids=repr
)
async def test_an_encoding_that_was_not_asked_for_is_refused(transport: Transport, encoding: bytes) -> None:
    async with serving(always(packed(GOOD, encoding))) as server:
        with pytest.raises(AnswerRefusedError):
            await ask(transport, server.url)


def test_unpacking_stops_at_the_limit() -> None:
    assert inflated(gzip.compress(b"0" * 1000), 1000) == b"0" * 1000
    with pytest.raises(AnswerRefusedError):
        inflated(gzip.compress(b"0" * 1001), 1000)


def test_a_bomb_costs_no_memory() -> None:
    bomb = gzip.compress(bytes(100 * MEGABYTE))
    tracemalloc.start()
    try:
        with pytest.raises(AnswerRefusedError):
            inflated(bomb, MAX_ANSWER)
        assert tracemalloc.get_traced_memory()[1] < MEGABYTE
    finally:
        tracemalloc.stop()


async def test_an_answer_of_just_the_limit_is_read(transport: Transport) -> None:
    async with serving(always(answer(b"x" * MAX_ANSWER))) as server:
        assert len(await (await ask(transport, server.url)).aread()) == MAX_ANSWER


async def test_a_byte_more_is_too_much(transport: Transport) -> None:
    async with serving(always(answer(b"x" * (MAX_ANSWER + 1)))) as server:
        with pytest.raises(AnswerRefusedError):
            await ask(transport, server.url)


@pytest.mark.case("C13")
@pytest.mark.parametrize(
    "head",
    [b"content-length: 500000000\r\n\r\n", b"\r\n", b"content-type: text/html\r\n\r\n"],
    ids=["announced", "not announced", "not announced, of a type"],
)
async def test_a_huge_answer_is_not_read_to_its_end(transport: Transport, head: bytes) -> None:
    sent = 0

    async def huge(connection: Connection) -> None:
        nonlocal sent
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\n" + head)
        for _ in range(500):
            await connection.send(bytes(MEGABYTE))
            sent += MEGABYTE

    async with serving(huge) as server:
        with pytest.raises(AnswerRefusedError):
            await ask(transport, server.url)
        await until(lambda: server.ended == 1)

    assert sent < 50 * MEGABYTE  # what fits into the sockets' buffers


@pytest.mark.case("C15")
@pytest.mark.parametrize(
    "headers",
    [
        [b"x-a: " + b"a" * 200_000],
        [b"x-%d: " % index + b"a" * 5000 for index in range(40)],
        [b"x-%d: a" % index for index in range(10_000)],
        [b"x-a: " + b"a" * 3 * MEGABYTE],
    ],
    ids=["a header of 200 KB", "40 headers of 5 KB", "10,000 headers", "a header of 3 MB"],
)
async def test_headers_beyond_all_bounds_are_refused(transport: Transport, headers: list[bytes]) -> None:
    async with serving(always(answer(b"{}", *headers))) as server:
        with pytest.raises(AnswerRefusedError):
            await ask(transport, server.url)


async def test_many_headers_and_long_ones_are_read(transport: Transport) -> None:
    headers = [b"x-%d: " % index + b"a" * 600 for index in range(90)]
    async with serving(always(answer(b"{}", *headers))) as server:
        assert len((await ask(transport, server.url)).headers) == 91
