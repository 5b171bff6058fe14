"""Requests that a page of another site can make a browser send, and ways to ask that are not offered."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from facade import sandbox
from facade.server import Running
from tests.graphql.http import only_errors
from tests.support import basic

pytestmark = pytest.mark.anyio

MUTATION = 'mutation { publishEvent(event: {envCustomerId: "C-100"}) { message } }'
BODY = json.dumps({"query": MUTATION}).encode()
FORM = urlencode({"query": MUTATION}).encode()
PARTS = (
    b'--x\r\ncontent-disposition: form-data; name="operations"\r\ncontent-type: application/json\r\n\r\n'
    + BODY
    + b'\r\n--x\r\ncontent-disposition: form-data; name="map"\r\n\r\n{}\r\n--x--\r\n'
)
PREFLIGHT = [
    {},
    {"apollo-require-preflight": "true"},
    {"x-apollo-operation-name": "x"},
    {"graphql-require-preflight": "1"},
]


@pytest.mark.case("G08")
@pytest.mark.parametrize("more", PREFLIGHT, ids=lambda more: next(iter(more), "no further header"))
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        pytest.param("text/plain", BODY, id="text"),
        pytest.param("text/plain; charset=utf-8", BODY, id="text in UTF-8"),
        pytest.param("application/x-www-form-urlencoded", FORM, id="a form"),
        pytest.param("application/x-www-form-urlencoded", BODY, id="JSON as a form"),
        pytest.param("multipart/form-data; boundary=x", PARTS, id="parts"),
        pytest.param("", BODY, id="an empty type"),
        pytest.param(None, BODY, id="no type"),
        pytest.param("text/plain, application/json", BODY, id="two types"),
        pytest.param("text/plain; application/json", BODY, id="a type as a parameter"),
        pytest.param("application/json text/plain", BODY, id="two types without a comma"),
        pytest.param("application/graphql", MUTATION.encode(), id="a document alone"),
        pytest.param("application/json+x", BODY, id="a similar type"),
    ],
)
async def test_a_post_that_a_browser_sends_without_asking_is_not_executed(
    kind: str | None, content: bytes, more: dict[str, str], facade: Running, upstream: sandbox.Running
) -> None:
    headers = basic() | more | ({} if kind is None else {"content-type": kind})
    async with httpx.AsyncClient(base_url=facade.http) as client:
        answer = await client.post("/graphql", content=content, headers=headers)
    assert answer.status_code == 415
    only_errors(answer)
    assert upstream.state.log.entries() == []


@pytest.mark.case("G08")
@pytest.mark.parametrize("more", PREFLIGHT, ids=lambda more: next(iter(more), "no further header"))
@pytest.mark.parametrize("query", [MUTATION, "{ publishHealth { message } }"], ids=["mutation", "query"])
async def test_nothing_is_executed_for_a_get(
    query: str, more: dict[str, str], facade: Running, upstream: sandbox.Running
) -> None:
    headers = basic() | more | {"content-type": "application/json"}
    async with httpx.AsyncClient(base_url=facade.http) as client:
        answer = await client.get("/graphql", params={"query": query}, headers=headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert upstream.state.log.entries() == []


@pytest.mark.case("G17")
@pytest.mark.parametrize(
    "query",
    [
        "{ users { ... @defer { totalCount } } }",
        "{ users { nodes @stream(initialCount: 1) { mail } } }",
        "query @live { publishHealth { message } }",
    ],
)
async def test_answers_in_parts_are_not_offered(query: str, facade: Running, upstream: sandbox.Running) -> None:
    headers: Any = basic() | {"accept": "multipart/mixed; deferSpec=20220824, application/graphql-response+json"}
    async with httpx.AsyncClient(base_url=facade.http) as client:
        answer = await client.post("/graphql", json={"query": query}, headers=headers)
    assert answer.status_code == 400
    assert "Unknown directive" in only_errors(answer)[0]["message"]
    assert upstream.state.log.entries() == []
