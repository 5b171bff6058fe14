"""What a request must be before anything of it is looked at: method, path, body, credentials, time."""

import json
from typing import Any

import httpx
import pytest

from facade.graphql import json_text
from facade.graphql.request import GraphQLRequest, parse
from facade.server import Running
from tests.graphql.http import BODY, JSON, NEW, QUERY, only_errors, post
from tests.support import basic

pytestmark = pytest.mark.anyio

LONG = b"x" * json_text.LONG


@pytest.mark.case("G08", "G19")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_only_post_is_offered(method: str, facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http) as client:
        answer = await client.request(method, f"/graphql?query={QUERY}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.case("G14")
@pytest.mark.parametrize("path", ["/graphql/", "/graphql/x", "/GRAPHQL"])
async def test_another_path_is_not_found_and_not_redirected(path: str, facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http, headers={"host": "canary.example"}) as client:
        answer = await client.post(path, json={"query": QUERY})
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert "canary" not in answer.text


@pytest.mark.case("G04", "G06", "G07")
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"x"', id="a text"),
        pytest.param(b"1", id="a number"),
        pytest.param(b"true", id="true"),
        pytest.param(b"[]", id="an empty list"),
        pytest.param(b"[" + BODY + b"]", id="a batch of one"),
        pytest.param(b"[" + b",".join([BODY] * 10) + b"]", id="a batch of ten"),
        pytest.param(b"[" + b",".join([BODY] * 1000) + b"]", id="a batch of a thousand"),
        pytest.param(b"{}", id="no query"),
        pytest.param(BODY[:-1], id="an object without its end"),
        pytest.param(BODY + BODY, id="two objects"),
        pytest.param(b'{"query": "\xff\xfe"}', id="no UTF-8"),
        pytest.param('{"query": "é"}'.encode("latin-1"), id="Latin-1"),
        pytest.param(BODY.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xef\xbb\xbf" + BODY, id="a byte order mark"),
        pytest.param(b'{"query": "{ __typename }", "variables": ' + b"[" * 100_000, id="100,000 open lists"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="100,000 objects in each other"),
        pytest.param(b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 5000 + b"}}", id="5,000 digits"),
        pytest.param(b'{"query": "{ __typename }", "variables": {"a": NaN}}', id="NaN"),
        pytest.param(b'{"query": "{ __typename }", "variables": {"a": -Infinity}}', id="infinity"),
        pytest.param(b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}', id="half a character"),
        pytest.param(b'{"query": "{ __typename }", "variables": {"\\uDFFF": 1}}', id="half a character in a name"),
        pytest.param(b'{"query": "{ x }", "query": "{ __typename }"}', id="two queries"),
        pytest.param(b'{"query": "{ __typename }", "variables": {}, "variables": {}}', id="variables twice"),
        pytest.param(b'{"query": "{ x }", "qu\\u0065ry": "{ __typename }"}', id="two queries, one in disguise"),
        pytest.param(
            b'{"query": "{ x }", "query": "{ __typename }", "x": "' + LONG + b'"}', id="two queries, a long text"
        ),
        pytest.param(BODY[:-1] + b', "x": "' + LONG, id="a long text without its end"),
        pytest.param(b'{"query": 1}', id="a number for a query"),
        pytest.param(b'{"query": "{ __typename }", "variables": []}', id="a list of variables"),
        pytest.param(b'{"query": "{ __typename }", "variables": "{}"}', id="a text of variables"),
        pytest.param(b'{"query": "{ __typename }", "operationName": 1}', id="a number for a name"),
        pytest.param(b'{"query": "{ __typename }", "extensions": 1}', id="a number of extensions"),
    ],
)
@pytest.mark.parametrize("accept", [JSON, NEW])
async def test_a_body_that_is_no_request_is_refused(content: bytes, accept: str, facade: Running) -> None:
    answer = await post(facade, content, accept=accept)
    assert answer.status_code == 400
    (error,) = only_errors(answer)
    assert error["extensions"]["reason"] == "INVALID_REQUEST"
    assert len(answer.content) < 1000


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"variables": None, "operationName": None, "extensions": None}, id="nulls"),
        pytest.param({"variables": {}, "extensions": {}, "id": "x"}, id="empty objects, and what is not ours"),
        pytest.param({"variables": {"a": "\U0001f600"}}, id="a character beyond the first plane"),
        pytest.param({"variables": {"query": "query", "variables": {"variables": 1}}}, id="names of parameters inside"),
        pytest.param({"variables": {"a": 10**30}}, id="an integer of 100 bits"),
        pytest.param({"variables": {"a": 10**30, "query": "query", "b": LONG.decode()}}, id="a long text of all these"),
    ],
)
async def test_what_may_be_left_out_or_may_be_anything(more: dict[str, Any]) -> None:
    body = json.dumps({"query": QUERY} | more).encode()
    assert await parse(body) == GraphQLRequest(QUERY, None, more.get("variables") or {})


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1e999", "soon", ""])
async def test_a_time_that_is_none_is_refused(value: str, facade: Running) -> None:
    answer = await post(facade, x_request_timeout=value)
    assert answer.status_code == 400
    (error,) = only_errors(answer)
    assert error["extensions"]["fieldViolations"][0]["field"] == "x-request-timeout"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"authorization": "Basic ???"}, id="no base64"),
        pytest.param({"authorization": "Digest canary-7f3a"}, id="another scheme"),
        pytest.param({"x-bpm-authorization": "Bearer a b"}, id="a token with a space"),
        pytest.param({"cookie": "access_token=a; access_token=b"}, id="two cookies"),
    ],
)
async def test_credentials_that_cannot_be_read_are_refused(headers: dict[str, str], facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http) as client:
        answer = await client.post("/graphql", json={"query": QUERY}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Basic realm="facade"')
    assert only_errors(answer)[0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "canary" not in answer.text


async def test_two_authorization_headers_are_refused(facade: Running) -> None:
    headers = [("content-type", JSON), *basic().items(), *basic("user@example.com").items()]
    async with httpx.AsyncClient() as client:
        answer = await client.send(httpx.Request("POST", f"{facade.http}/graphql", headers=headers, content=BODY))
    assert answer.status_code == 401
