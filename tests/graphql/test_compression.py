"""Answers in gzip: for whom, which ones, and what stays as it is."""

import gzip
import json
from typing import Any

import httpx
import pytest
from starlette.datastructures import Headers

from facade.graphql import compression
from facade.graphql.compression import LONGEST_WAIT, SMALLEST, encoded, takes_gzip
from facade.server import Running
from tests.graphql.http import only_errors
from tests.support import basic

pytestmark = pytest.mark.anyio

USERS = {"query": "{ users(first: 250) { nodes { mail cn sn accountAdmin developer endUser operator tester } } }"}
HEALTH = {"query": "{ publishHealth { message } }"}
TOKEN = 'generateToken(email: "api@example.com", password: "sandbox") { accessToken refreshToken }'
TOKENS = {"query": "mutation { " + " ".join(f"a{place}: {TOKEN}" for place in range(40)) + " }"}
FILES = ["/schema.graphql", "/descriptor.binpb"]


async def ask(facade: Running, method: str, path: str, accept: str, body: Any = None) -> tuple[httpx.Response, bytes]:
    """The answer, and its body as it was sent."""
    headers = basic() | {"accept-encoding": accept}
    async with (
        httpx.AsyncClient(base_url=facade.http, headers=headers) as client,
        client.stream(method, path, json=body) as answer,
    ):
        return answer, b"".join([chunk async for chunk in answer.aiter_raw()])


async def post(facade: Running, body: Any, accept: str = "gzip") -> tuple[httpx.Response, bytes]:
    return await ask(facade, "POST", "/graphql", accept, body)


@pytest.mark.parametrize("longest", [LONGEST_WAIT, 0], ids=["at once", "in a thread"])
async def test_a_large_answer_is_in_gzip_for_who_asks(
    longest: int, facade: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "LONGEST_WAIT", longest)
    plain, expected = await post(facade, USERS, "identity")
    answer, body = await post(facade, USERS)
    assert gzip.decompress(body) == expected
    assert len(body) < len(expected) / 5
    assert (answer.headers["content-encoding"], answer.headers["content-length"]) == ("gzip", str(len(body)))
    assert "content-encoding" not in plain.headers
    assert (answer.headers["vary"], plain.headers["vary"]) == ("accept-encoding", "accept-encoding")
    assert len(json.loads(expected)["data"]["users"]["nodes"]) == 250


async def test_a_small_answer_is_sent_as_it_is(facade: Running) -> None:
    answer, body = await post(facade, HEALTH)
    assert "content-encoding" not in answer.headers
    assert json.loads(body) == {"data": {"publishHealth": {"message": "API is running"}}}


@pytest.mark.parametrize(("size", "smaller"), [(SMALLEST - 1, False), (SMALLEST, True), (LONGEST_WAIT + 1, True)])
async def test_an_answer_is_large_from_2048_bytes_on(size: int, smaller: bool) -> None:
    body, headers = await encoded(b"x" * size, ["bpm"], Headers({"accept-encoding": "gzip"}))
    assert (len(body) < size) is smaller is ("content-encoding" in headers)


async def test_errors_are_compressed_as_well(facade: Running) -> None:
    answer, body = await post(facade, {"query": "{" + " ".join(name * 200 for name in "abcdefghij") + "}"})
    assert (answer.status_code, answer.headers["content-encoding"]) == (400, "gzip")
    assert len(json.loads(gzip.decompress(body))["errors"]) == 10


async def test_an_answer_with_tokens_is_never_compressed(facade: Running) -> None:
    answer, body = await post(facade, TOKENS)
    assert len(body) > SMALLEST
    assert len(json.loads(body)["data"]) == 40
    assert "content-encoding" not in answer.headers


async def test_events_are_sent_as_they_come(facade: Running) -> None:
    headers = basic() | {"accept": "text/event-stream", "accept-encoding": "gzip"}
    async with httpx.AsyncClient(base_url=facade.http, headers=headers) as client:
        answer = await client.post("/graphql", json=USERS)
    assert "content-encoding" not in answer.headers
    assert answer.text.startswith("event: next\n")
    assert len(answer.text) > SMALLEST


async def test_a_refusal_of_a_compressed_request_says_what_is_taken(facade: Running) -> None:
    content, headers = gzip.compress(json.dumps(HEALTH).encode()), {"content-encoding": "gzip"}
    async with httpx.AsyncClient(
        base_url=facade.http, headers=headers | {"content-type": "application/json"}
    ) as client:
        answer = await client.post("/graphql", content=content)
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
    assert only_errors(answer)[0]["message"] == "The body must not be compressed."


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_schemas_are_in_gzip_for_who_asks(path: str, method: str, facade: Running) -> None:
    plain, expected = await ask(facade, "GET", path, "identity")
    answer, body = await ask(facade, method, path, "gzip")
    assert "content-encoding" not in plain.headers
    assert [each.headers["vary"] for each in (plain, answer)] == ["accept-encoding"] * 2
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
    assert answer.headers["content-type"] == plain.headers["content-type"]
    assert 0 < int(answer.headers["content-length"]) < len(expected) / 2
    assert body == b"" if method == "HEAD" else gzip.decompress(body) == expected


@pytest.mark.parametrize(
    ("accept", "taken"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("gzip ; q=0.001", True),
        ("*", True),
        ("gzip, identity", True),
        ("identity;q=0.5, gzip;q=0.5", True),
        ("identity;q=0, gzip", True),
        ("gzip;q=1, *;q=0", True),
        ("", False),
        ("identity", False),
        ("br, zstd, deflate", False),
        ("gzip;q=0", False),
        ("gzip;q=0.0, *", False),
        ("*;q=0", False),
        ("*;q=0.5, identity", False),
        ("identity, gzip;q=0.5", False),
        ("gzip;q=2", False),
        ("gzip;q=nan", False),
        ("gzipped", False),
        (";;,,=", False),
    ],
)
def test_who_asks_for_gzip(accept: str, taken: bool) -> None:
    assert takes_gzip(Headers({"accept-encoding": accept})) is taken


def test_who_says_nothing_does_not_ask_and_several_headers_are_one_list() -> None:
    assert not takes_gzip(Headers({}))
    assert takes_gzip(Headers(raw=[(b"accept-encoding", b"br"), (b"accept-encoding", b"gzip")]))
