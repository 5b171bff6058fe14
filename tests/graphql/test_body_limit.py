"""A body above the largest is refused, however it is sent, and the refusal arrives."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from facade import sandbox
from facade.server import Running, running
from tests.graphql.http import JSON, only_errors
from tests.support import settings_for

pytestmark = pytest.mark.anyio

LIMIT = 2000
HEADERS = {"content-type": JSON}


@pytest.fixture
async def facade(upstream: sandbox.Running) -> AsyncIterator[Running]:
    async with running(settings_for(upstream.url, max_request_bytes=LIMIT)) as started:
        yield started


def body(size: int) -> bytes:
    """A request of so many bytes."""
    empty = len(json.dumps({"query": "{ __typename }", "x": ""}))
    return json.dumps({"query": "{ __typename }", "x": "x" * (size - empty)}).encode()


async def parts(whole: bytes) -> AsyncIterator[bytes]:
    """The same without its length, in parts that are not its whole."""
    step = max(len(whole) // 7, 1)
    for start in range(0, len(whole), step):
        yield whole[start : start + step]


@pytest.mark.case("G13")
@pytest.mark.parametrize("declared", [True, False], ids=["with its length", "without its length"])
@pytest.mark.parametrize("size", [LIMIT + 1, 2 * LIMIT, 2_000_000])
async def test_a_body_above_the_largest_is_refused(size: int, declared: bool, facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http) as client:
        content = body(size) if declared else parts(body(size))
        answer = await client.post("/graphql", content=content, headers=HEADERS)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    only_errors(answer)


@pytest.mark.parametrize("declared", [True, False], ids=["with its length", "without its length"])
async def test_the_largest_body_is_read(declared: bool, facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http) as client:
        content = body(LIMIT) if declared else parts(body(LIMIT))
        answer = await client.post("/graphql", content=content, headers=HEADERS)
    assert answer.json() == {"data": {"__typename": "Query"}}


async def exchange(facade: Running, sent: bytes) -> bytes:
    """All that the facade answers on a connection of its own."""
    host, _, port = facade.http.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(sent)
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def head(*lines: str) -> bytes:
    """The head of a POST."""
    fixed = ("POST /graphql HTTP/1.1", "host: facade", f"content-type: {JSON}")
    return "\r\n".join((*fixed, *lines, "", "")).encode()


async def test_a_client_that_waits_for_our_word_is_not_told_to_send(facade: Running) -> None:
    answer = await exchange(facade, head("expect: 100-continue", f"content-length: {LIMIT + 1}"))
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.case("G13")
async def test_a_client_that_does_not_send_what_it_announced_is_answered(facade: Running) -> None:
    answer = await exchange(facade, head("content-length: 1000000") + b"{")
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.case("I04")
async def test_requests_on_one_connection_are_answered_in_their_order(facade: Running) -> None:
    wrong, right = b"[]", body(100)
    sent = b"".join(head(f"content-length: {len(each)}") + each for each in (wrong, right))
    last = head("content-length: 2", "connection: close") + b"[]"
    answers = (await exchange(facade, sent + last)).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"400", b"200", b"400"]
