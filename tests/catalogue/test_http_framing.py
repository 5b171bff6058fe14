"""Requests whose frames or heads are not what HTTP says, or far more than any client sends."""

import httpx
import pytest

from facade.server import Running
from tests.catalogue.http import HEALTH, QUERY, connection, post

pytestmark = pytest.mark.anyio

CHUNKED = "transfer-encoding: chunked"
BODY = b"%x\r\n%s\r\n0\r\n\r\n" % (len(QUERY), QUERY)


async def refused(sent: bytes, facade: Running) -> bytes:
    """The only answer to `sent`, after which the connection is closed; a clean call is served then."""
    async with connection(facade) as client:
        client.send(sent)
        received = await client.rest()
    assert received.count(b"HTTP/1.1 ") == 1
    async with httpx.AsyncClient(base_url=facade.http) as clean:
        assert (await clean.post("/graphql", content=QUERY, headers={"content-type": "application/json"})).is_success
    return received


@pytest.mark.case("I02")
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(post(QUERY, CHUNKED), id="a length and chunks"),
        pytest.param(post(b"", CHUNKED, "content-length: 5", length=False) + BODY, id="chunks and a length"),
        pytest.param(post(QUERY, "content-length: 0"), id="two lengths"),
        pytest.param(post(QUERY, f"content-length: {len(QUERY)}"), id="the same length twice"),
        pytest.param(post(QUERY, "content-length: +5", length=False), id="a length with a sign"),
        pytest.param(post(QUERY, "content-length: 0x5", length=False), id="a length in another base"),
        pytest.param(post(QUERY, f"content-length: {2**70}", length=False), id="a length beyond 64 bits"),
        pytest.param(post(BODY, f"{CHUNKED}, identity", length=False), id="chunks that are not the last coding"),
        pytest.param(post(BODY, "transfer-encoding: x", length=False), id="another coding"),
        pytest.param(post(BODY, "transfer-encoding : chunked", length=False), id="a space before the colon"),
        pytest.param(post().replace(b"\r\n", b"\n"), id="bare line feeds"),
        pytest.param(post(QUERY, "x: a\rb"), id="a bare carriage return"),
        pytest.param(post(QUERY, "x: a\0b"), id="a NUL"),
        pytest.param(post(QUERY, "x: a\r\n b"), id="a folded line"),
        pytest.param(post(QUERY, "no colon"), id="a line that is no header"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200, id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
        pytest.param(b"GET /healthz HTTP/9.9\r\nhost: x\r\n\r\n", id="another version"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n", id="a path that is not ASCII"),
    ],
)
async def test_what_can_be_read_in_two_ways_is_refused_and_the_connection_closed(sent: bytes, facade: Running) -> None:
    received = await refused(sent + HEALTH, facade)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"alive" not in received


@pytest.mark.case("I02")
@pytest.mark.parametrize("chunk", [b"g\r\n", b"-1\r\n", b"5\r\n12345678", b"5" * 20 + b"\r\n", b"5\n12345\n"])
async def test_a_chunk_that_is_none_is_refused(chunk: bytes, facade: Running) -> None:
    assert (await refused(post(chunk, CHUNKED, length=False), facade)).startswith(b"HTTP/1.1 400 ")


@pytest.mark.case("I03")
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(post(QUERY, "x: " + "x" * 100_000), id="a header of 100 KB"),
        pytest.param(post(QUERY, "x" * 100_000 + ": x"), id="a name of 100 KB"),
        pytest.param(post(QUERY, *["x: x"] * 5000), id="5,000 headers"),
        pytest.param(post(QUERY, *["x: x"] * 101), id="101 headers"),
        pytest.param(b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", id="a path of 100 KB"),
        pytest.param(b"GET / HTTP/1.1\r\nx: " + b"x" * 10_000_000, id="a header without an end"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"x: x\r\n" * 1_000_000, id="headers without an end"),
    ],
)
async def test_a_head_that_is_too_large_is_refused_as_that(sent: bytes, facade: Running) -> None:
    received = await refused(sent, facade)
    assert received.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


@pytest.mark.case("I03")
async def test_chunk_extensions_that_are_larger_than_the_body_are_refused(facade: Running) -> None:
    sent = post(b"", CHUNKED, length=False) + b"1;" + b"x" * 1_000_000
    assert (await refused(sent, facade)).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("size", [1, 10, 1000])
async def test_a_body_in_small_chunks_is_read(size: int, facade: Running) -> None:
    body = QUERY + b" " * 50_000
    chunks = (body[start : start + size] for start in range(0, len(body), size))
    sent = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks) + b"0\r\n\r\n"
    async with connection(facade) as client:
        client.send(post(sent, CHUNKED, length=False))
        assert (await client.answer())[0] == 200


async def test_a_head_just_within_the_limits_is_read(facade: Running) -> None:
    async with connection(facade) as client:
        client.send(post(QUERY, "x: " + "x" * 60_000, *["x: x"] * 90) + HEALTH)
        assert [(await client.answer())[0] for _ in range(2)] == [200, 200]


@pytest.mark.case("I04")
async def test_requests_that_do_not_wait_are_answered_in_their_order(facade: Running) -> None:
    async with connection(facade) as client:
        client.send((post() + HEALTH + post(b"[]") + post(QUERY, "content-encoding: gzip")) * 5)
        assert [(await client.answer())[0] for _ in range(20)] == [200, 200, 400, 415] * 5


@pytest.mark.case("I04")
@pytest.mark.parametrize("wrong", [b"no request\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"x: x\r\n" * 101 + b"\r\n"])
async def test_what_comes_before_something_that_is_no_request_is_answered(wrong: bytes, facade: Running) -> None:
    async with connection(facade) as client:
        client.send(post() + post(b"[]") + wrong + HEALTH)
        assert [(await client.answer())[0] for _ in range(2)] == [200, 400]
        assert await client.rest() == b""


@pytest.mark.case("I04")
async def test_a_connection_goes_on_after_errors(facade: Running) -> None:
    async with connection(facade) as client:
        for sent, status in ((post(b"{"), 400), (post(b"", "accept: text/html"), 406), (post(), 200)):
            client.send(sent)
            assert (await client.answer())[0] == status
