"""Callers who are authenticated: what is GraphQL's alone."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from facade import sandbox
from facade.server import Running, running
from tests.access.files import HEADERS, OWN, billing, callers, digest
from tests.graphql.http import only_errors, post
from tests.graphql.socket import HEALTH, UP, connected, opened, sync
from tests.support import basic, settings_for, until

pytestmark = pytest.mark.anyio

KEY = {"x_api_key": HEADERS["x-api-key"]}
READ = ["files read anew"]


@pytest.fixture
async def facade(upstream: sandbox.Running, tmp_path: Path) -> AsyncIterator[Running]:
    """One that knows a caller who may read."""
    reads = '["ProvisioningService/GetUser", "PublishService/CheckHealth"]'
    settings = settings_for(upstream.url, callers=callers(tmp_path, billing(reads)), **OWN)
    async with running(settings) as started:
        yield started


def query(text: str, **variables: Any) -> bytes:
    return httpx.Request("POST", "http://x", json={"query": text, "variables": variables}).content


async def test_a_stranger_gets_401_and_is_told_how_to_authenticate(facade: Running) -> None:
    for headers in ({}, {"x_api_key": "wrong"}, {"authorization": basic()["authorization"]}):
        answer = await post(facade, **headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="facade"'
        assert only_errors(answer)[0]["extensions"]["reason"] == "CALLER_NOT_AUTHENTICATED"


@pytest.mark.parametrize(
    "document",
    [
        '{ user(mail: "user@example.com") { cn } users { totalCount } }',
        '{ user(mail: "user@example.com") { cn } ... { users { totalCount } } }',
        "{ __typename ...a } fragment a on Query { ...b } fragment b on Query { x: users { totalCount } }",
        '{ user(mail: "user@example.com") { cn } users @skip(if: true) { totalCount } }',
        'mutation { deleteUser(mail: "user@example.com") { mail } }',
        'mutation { a: generateToken(email: "api@example.com", password: "sandbox") { name } }',
    ],
    ids=["a field", "an inline fragment", "fragments", "a field that is skipped", "a mutation", "an alias"],
)
async def test_a_request_with_a_field_that_is_not_allowed_is_refused_whole_before_anything_is_sent(
    document: str, facade: Running, upstream: sandbox.Running
) -> None:
    answer = await post(facade, query(document), **KEY)

    assert answer.status_code == 403
    (error,) = only_errors(answer)
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == (
        "PERMISSION_DENIED",
        "OPERATION_NOT_ALLOWED",
    )
    assert upstream.state.log.entries() == []


async def test_what_is_allowed_is_answered_and_the_schema_is_nobody_s_operation(facade: Running) -> None:
    document = "{ __typename publishHealth { message } __schema { queryType { name } } }"
    answer = await post(facade, query(document), **KEY)
    assert answer.json()["data"]["__schema"] == {"queryType": {"name": "Query"}}


async def test_of_several_operations_the_one_that_is_asked_for_counts(facade: Running) -> None:
    text = "query a { publishHealth { message } } query b { users { totalCount } }"
    for name, status in (("a", 200), ("b", 403)):
        body = httpx.Request("POST", "http://x", json={"query": text, "operationName": name}).content
        assert (await post(facade, body, **KEY)).status_code == status


async def test_a_subscription_that_is_not_allowed_is_no_stream(facade: Running) -> None:
    body = httpx.Request("POST", "http://x", json=sync(1)).content
    answer = await post(facade, body, **KEY, accept="text/event-stream")
    assert answer.status_code == 403
    assert only_errors(answer)[0]["extensions"]["reason"] == "OPERATION_NOT_ALLOWED"


async def test_of_several_operations_only_the_one_that_is_asked_for_must_be_allowed(facade: Running) -> None:
    text = 'query a { ...a } fragment a on Query { user(mail: "user@example.com") { cn } }'
    text += " query b { users { totalCount } }"
    answers = {}
    for name in ("a", "b", "a"):
        body = httpx.Request("POST", "http://x", json={"query": text, "operationName": name}).content
        answers[name] = await post(facade, body, **KEY)
    assert answers["a"].json()["data"]["user"]["cn"]
    assert only_errors(answers["b"])[0]["extensions"]["reason"] == "OPERATION_NOT_ALLOWED"


async def test_over_a_websocket_each_operation_is_checked(facade: Running) -> None:
    async with connected(facade, HEADERS) as talk:
        await talk.subscribe("1", HEALTH)
        assert await talk.until_ended("1") == [UP, None]
        await talk.subscribe("2", sync(1))
        (errors,) = await talk.until_ended("2")
        assert errors[0]["extensions"]["reason"] == "OPERATION_NOT_ALLOWED"


@pytest.mark.parametrize("payload", [{}, basic(), {"x-api-key": "wrong"}], ids=["nothing", "Basic", "another key"])
async def test_a_stranger_holds_no_websocket(payload: dict[str, str], facade: Running) -> None:
    async with opened(facade) as talk:
        await talk.say(type="connection_init", payload=payload)
        code, reason = await talk.closed()
    assert code == 4403
    assert reason.startswith(("Send x-api-key.", "The credentials are not", "authorization is not"))


async def test_a_caller_who_is_taken_out_of_the_file_can_no_longer_use_its_websocket(
    upstream: sandbox.Running, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "facade.renewal")
    settings = settings_for(upstream.url, callers=callers(tmp_path, billing()), **OWN)
    async with running(settings) as facade, connected(facade, HEADERS) as talk:
        callers(tmp_path, billing().replace("billing", "other").replace(digest(), digest("other")))
        facade.renewal.now()
        await until(lambda: [each.message for each in caplog.records if each.name == "facade.renewal"] == READ)
        await talk.subscribe("1", HEALTH)
        (errors,) = await talk.until_ended("1")
    assert errors[0]["extensions"]["reason"] == "CALLER_NOT_AUTHENTICATED"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_stays_open(path: str, facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http) as client:
        assert (await client.get(path)).status_code == 200
