"""Automatic persisted queries, as the links of Apollo and urql speak them, over every transport."""

import json
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import httpx
import pytest

from facade import sandbox
from facade.graphql import documents
from facade.graphql.documents import LONGEST_KEPT
from facade.server import Running
from tests.faces.graphql import server_sent
from tests.graphql.http import JSON, NEW, only_errors
from tests.graphql.socket import SYNC, UP, connected, sync
from tests.support import basic

pytestmark = pytest.mark.anyio

EVENTS = "text/event-stream"
HEALTH = "{ publishHealth { message } }"
USER = "query($mail: String!) { user(mail: $mail) { mail } }"
HEX = "0123456789abcdef" * 4
NOT_FOUND = ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_FOUND")
Send = Callable[[Running, Any], Awaitable[Any]]


def persisted(text: str, **more: Any) -> dict[str, Any]:
    """A request that has the hash of `text` alone."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest()}}} | more


async def post(facade: Running, body: Any, /, accept: str = NEW, **headers: str) -> httpx.Response:
    """The answer to the API user's request."""
    async with httpx.AsyncClient(base_url=facade.http) as client:
        return await client.post("/graphql", json=body, headers=basic() | {"accept": accept} | headers)


async def over_post(facade: Running, body: Any) -> Any:
    return (await post(facade, body)).json()


async def over_events(facade: Running, body: Any) -> Any:
    answer = await post(facade, body, EVENTS)
    if answer.headers["content-type"].startswith(EVENTS):
        return json.loads(server_sent(answer.text)[0][1])
    return answer.json()


async def over_socket(facade: Running, body: Any) -> Any:
    async with connected(facade) as talk:
        await talk.subscribe("a", body)
        first = (await talk.until_ended("a"))[0]
        return {"errors": first} if isinstance(first, list) else first


TRANSPORTS = {"POST": over_post, "server-sent events": over_events, "WebSocket": over_socket}


def told(answer: Any) -> tuple[str, str, str]:
    """Message, code and reason of the one error of a request of which nothing was executed."""
    assert answer.keys() == {"errors"}
    (error,) = answer["errors"]
    return error["message"], error["extensions"]["code"], error["extensions"]["reason"]


@pytest.mark.parametrize("send", TRANSPORTS.values(), ids=TRANSPORTS)
async def test_a_query_is_asked_for_by_its_hash_once_it_has_been_told(
    send: Send, facade: Running, upstream: sandbox.Running
) -> None:
    assert told(await send(facade, persisted(HEALTH))) == NOT_FOUND
    assert upstream.state.log.entries() == []
    assert await send(facade, persisted(HEALTH, query=HEALTH)) == UP
    assert await send(facade, persisted(HEALTH)) == UP


async def test_what_one_transport_was_told_all_know(facade: Running) -> None:
    await over_socket(facade, persisted(HEALTH, query=HEALTH))
    assert [await send(facade, persisted(HEALTH)) for send in TRANSPORTS.values()] == [UP] * 3


async def test_a_subscription_can_be_asked_for_by_its_hash(facade: Running) -> None:
    asked = persisted(SYNC, variables=sync(1, dryRun=True)["variables"])
    for body in (asked | {"query": SYNC}, asked):
        assert (await over_socket(facade, body))["data"]["syncUsers"]["plan"]["toAdd"] == ["n0@example.com"]


async def test_only_the_text_is_kept(facade: Running) -> None:
    mine = {"variables": {"mail": "api@example.com"}}
    assert (await over_post(facade, persisted(USER, query=USER, **mine)))["data"] == {"user": mine["variables"]}
    message, code, _ = told(await over_post(facade, persisted(USER)))
    assert (message[:5], code) == ("Varia", "INVALID_ARGUMENT"), "variables are each request's own"
    async with httpx.AsyncClient(base_url=facade.http) as client:
        answer = await client.post("/graphql", json=persisted(USER, **mine))
    assert answer.json()["errors"][0]["extensions"]["reason"] == "MISSING_CREDENTIALS", "and so are credentials"


@pytest.mark.parametrize("query", [None, ""], ids=["null", "an empty text"])
async def test_a_query_that_is_empty_is_none(query: str | None, facade: Running) -> None:
    assert told(await over_post(facade, persisted(HEALTH, query=query))) == NOT_FOUND


async def test_a_hash_in_capitals_is_the_same_hash(facade: Running) -> None:
    body = persisted(HEALTH, query=HEALTH)
    asked = body["extensions"]["persistedQuery"]
    asked["sha256Hash"] = asked["sha256Hash"].upper()
    assert await over_post(facade, body) == UP
    assert await over_post(facade, persisted(HEALTH)) == UP


async def test_of_several_operations_the_named_one_is_executed(facade: Running) -> None:
    text = "query a { publishHealth { message } } query b { __typename }"
    await over_post(facade, persisted(text, query=text, operationName="a"))
    assert await over_post(facade, persisted(text, operationName="b")) == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        pytest.param(NEW, 400, id="the new type"),
        pytest.param(EVENTS, 400, id="events"),
        pytest.param(JSON, 200, id="the old type"),
        pytest.param("*/*", 200, id="any type: older links of Apollo's would send no more hashes after a 400"),
    ],
)
async def test_the_status_is_one_with_which_clients_send_the_text(accept: str, status: int, facade: Running) -> None:
    answer = await post(facade, persisted(HEALTH), accept)
    assert answer.status_code == status
    assert told(answer.json()) == NOT_FOUND
    assert answer.json()["errors"][0]["extensions"]["retryable"] is False, "not without the text"


@pytest.mark.parametrize("send", TRANSPORTS.values(), ids=TRANSPORTS)
async def test_a_hash_of_another_text_is_refused_and_nothing_kept(send: Send, facade: Running) -> None:
    other = "{ __typename }"
    answer = await send(facade, persisted(HEALTH, query=other))
    assert told(answer)[1:] == ("INVALID_ARGUMENT", "INVALID_REQUEST")
    (violation,) = answer["errors"][0]["extensions"]["fieldViolations"]
    assert violation["field"] == "extensions.persistedQuery.sha256Hash"
    assert [told(await send(facade, persisted(text))) for text in (HEALTH, other)] == [NOT_FOUND] * 2


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        pytest.param(1, "", id="a number"),
        pytest.param(HEX, "", id="a text"),
        pytest.param([], "", id="a list"),
        pytest.param({}, ".version", id="an empty object"),
        pytest.param({"version": 2, "sha256Hash": HEX}, ".version", id="another version"),
        pytest.param({"version": "1", "sha256Hash": HEX}, ".version", id="a text for a version"),
        pytest.param({"version": True, "sha256Hash": HEX}, ".version", id="true for a version"),
        pytest.param({"version": 1}, ".sha256Hash", id="no hash"),
        pytest.param({"version": 1, "sha256Hash": 1}, ".sha256Hash", id="a number for a hash"),
        pytest.param({"version": 1, "sha256Hash": HEX[1:]}, ".sha256Hash", id="63 digits"),
        pytest.param({"version": 1, "sha256Hash": HEX + "0"}, ".sha256Hash", id="65 digits"),
        pytest.param({"version": 1, "sha256Hash": HEX[1:] + "g"}, ".sha256Hash", id="a letter that is no digit"),
        pytest.param({"version": 1, "sha256Hash": HEX + "\n"}, ".sha256Hash", id="an end of line"),
    ],
)
@pytest.mark.parametrize("query", [{}, {"query": HEALTH}], ids=["a hash alone", "with its text"])
async def test_what_is_no_persisted_query_is_refused_by_name(
    asked: Any, field: str, query: dict[str, str], facade: Running
) -> None:
    answer = await post(facade, query | {"extensions": {"persistedQuery": asked}})
    assert answer.status_code == 400
    (error,) = only_errors(answer)
    assert error["extensions"]["reason"] == "INVALID_REQUEST"
    assert [each["field"] for each in error["extensions"]["fieldViolations"]] == [f"extensions.persistedQuery{field}"]


async def test_a_persisted_query_of_null_is_none(facade: Running) -> None:
    body = {"query": HEALTH, "extensions": {"persistedQuery": None, "other": 1}}
    assert await over_post(facade, body) == UP
    del body["query"]
    assert (await over_post(facade, body))["errors"][0]["message"] == "query: must be a string"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="a text that is no document"),
        pytest.param("{ nothing }", id="a document that is not valid"),
        pytest.param(HEALTH + " " * LONGEST_KEPT, id="a document that is too long"),
    ],
)
async def test_a_text_that_is_not_worth_keeping_is_not_kept(text: str, facade: Running) -> None:
    answer = await over_post(facade, persisted(text, query=text))
    assert answer == UP or told(answer)[2] == "INVALID_REQUEST"
    assert told(await over_post(facade, persisted(text))) == NOT_FOUND


async def test_a_query_that_is_known_is_not_parsed_again(facade: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    await over_post(facade, persisted(HEALTH, query=HEALTH))
    monkeypatch.setattr(documents, "parse", None)  # whoever calls it fails
    assert await over_post(facade, persisted(HEALTH)) == UP
    assert await over_post(facade, persisted(HEALTH, query=HEALTH)) == UP


async def test_get_is_not_offered_since_a_page_of_another_site_could_use_a_visitor_s_cookie(facade: Running) -> None:
    await over_post(facade, persisted(HEALTH, query=HEALTH))
    parameters = {"extensions": json.dumps(persisted(HEALTH)["extensions"])}
    async with httpx.AsyncClient(base_url=facade.http, cookies={"access_token": "token"}) as client:
        assert (await client.get("/graphql", params=parameters)).status_code == 405


async def test_the_log_has_what_was_executed_and_neither_hash_nor_text(
    facade: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "facade")
    for body in (persisted(HEALTH), persisted(HEALTH, query=HEALTH), persisted(HEALTH)):
        await over_post(facade, body)
    lines = [record.__dict__ for record in caplog.records if record.name == "facade.request"]
    assert [(line["method"], line.get("reason", "")) for line in lines] == [
        ("graphql", "PERSISTED_QUERY_NOT_FOUND"),
        ("query publishHealth", ""),
        ("query publishHealth", ""),
    ]
    assert sha256(HEALTH.encode()).hexdigest() not in str(lines)
