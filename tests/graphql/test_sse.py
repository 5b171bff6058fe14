"""Server-sent events: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, distinct connections mode."""

import asyncio
import json
import logging
from typing import Any

import httpx
import pytest

from facade import sandbox
from facade.graphql import event_stream
from facade.graphql.accept import EVENTS_TYPE, JSON_TYPE, RESPONSE_TYPE, answer_form
from facade.server import Running, running
from tests.faces.graphql import server_sent
from tests.graphql.http import only_errors
from tests.graphql.socket import HEALTH, SYNC, UP, sync
from tests.support import basic, set_faults, settings_for, until
from tests.transports import Answering, Gated, running_api

pytestmark = pytest.mark.anyio

EVENTS = {"accept": EVENTS_TYPE, "content-type": "application/json"}
NOWHERE = "http://upstream.invalid"  # the transports of these tests do not look
# What such clients send that take whatever the operation needs.
ANY = f"{RESPONSE_TYPE}, {JSON_TYPE}, {EVENTS_TYPE}, multipart/mixed"


async def ask(facade: Running, body: Any, /, **headers: str) -> httpx.Response:
    """The whole answer to the API user."""
    sent = {**basic(), **EVENTS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with httpx.AsyncClient(base_url=facade.http, timeout=30) as client:
        return await client.post("/graphql", json=body, headers=sent)


def results(answer: httpx.Response) -> list[Any]:
    """What the next events of a complete stream hold."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    *sent, end = server_sent(answer.text)
    assert end == ("complete", "")
    assert {name for name, _ in sent} <= {"next"}
    return [json.loads(data) for _, data in sent]


async def test_a_subscription_is_a_stream_of_results(facade: Running) -> None:
    answer = await ask(facade, sync(2), x_request_id="id-1")
    updates = [result["data"]["syncUsers"] for result in results(answer)]
    assert [next(name for name in update if update[name]) for update in updates] == ["plan", *["result"] * 2, "summary"]
    assert (answer.headers["cache-control"], answer.headers["x-request-id"]) == ("no-store", "id-1")


async def test_a_query_is_a_stream_of_one_result(facade: Running) -> None:
    assert results(await ask(facade, HEALTH)) == [UP]
    (result,) = results(await ask(facade, {"query": '{ user(mail: "nobody@example.com") { mail } }'}))
    assert (result["data"], result["errors"][0]["extensions"]["code"]) == ({"user": None}, "NOT_FOUND")


async def test_who_takes_anything_gets_events_only_where_they_are_needed(facade: Running) -> None:
    assert (await ask(facade, HEALTH, accept=ANY)).json() == UP
    assert len(results(await ask(facade, sync(0, dryRun=True), accept=ANY))) == 1


@pytest.mark.case("G17")
@pytest.mark.parametrize("accept", ["*/*", "text/*", JSON_TYPE, RESPONSE_TYPE])
async def test_a_subscription_without_a_stream_is_refused(
    accept: str, facade: Running, upstream: sandbox.Running
) -> None:
    answer = await ask(facade, sync(1), accept=accept)
    assert answer.status_code == {JSON_TYPE: 200, "text/*": 406}.get(accept, 400)
    (error,) = only_errors(answer)
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
    assert EVENTS_TYPE in error["message"]
    assert upstream.state.log.entries() == []


@pytest.mark.parametrize(
    ("accept", "kind", "events"),
    [
        (EVENTS_TYPE, EVENTS_TYPE, True),
        (ANY, RESPONSE_TYPE, True),
        (f"{EVENTS_TYPE}, */*;q=0.1", EVENTS_TYPE, True),
        (f"{EVENTS_TYPE};q=0, */*", JSON_TYPE, False),
        ("*/*", JSON_TYPE, False),
    ],
)
def test_events_are_for_those_who_name_them(accept: str, kind: str, events: bool) -> None:
    form = answer_form(accept)
    assert (form.kind, form.events) == (kind, events)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param({"query": "{"}, {}, 400, id="no document"),
        pytest.param({"query": "{ nothing }"}, {}, 400, id="no field of the schema"),
        pytest.param({"query": SYNC}, {}, 400, id="no variable of a subscription"),
        pytest.param({"query": "query($a: String!) { user(mail: $a) { mail } }"}, {}, 400, id="no variable"),
        pytest.param([HEALTH], {}, 400, id="a batch"),
        pytest.param(sync(1), {"content_type": "text/plain"}, 415, id="what a page of another site can send"),
        pytest.param(sync(1), {"authorization": "Digest x"}, 401, id="credentials that are none"),
    ],
)
async def test_what_is_refused_is_told_by_http(
    body: Any, headers: dict[str, str], status: int, facade: Running
) -> None:
    answer = await ask(facade, body, **headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, f"{RESPONSE_TYPE}; charset=utf-8")
    only_errors(answer)


@pytest.mark.case("G17")
async def test_an_event_source_of_a_browser_is_refused(facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http) as client:
        answer = await client.get("/graphql", params=HEALTH, headers={"accept": EVENTS_TYPE})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_an_error_that_ends_a_subscription_is_its_last_result(
    facade: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "facade")
    plan, error = results(await ask(facade, sync(0, deleteMissing=True), x_request_id="id-1"))
    assert plan["data"]["syncUsers"]["plan"]["kept"] == 0
    assert error.keys() == {"errors"}
    told = error["errors"][0]["extensions"]
    assert (told["reason"], told["requestId"]) == ("PLAN_REFUSED", "id-1")
    await until(lambda: any(record.name == "facade.request" for record in caplog.records))  # the answer ends first
    [line] = [record.__dict__ for record in caplog.records if record.name == "facade.request"]
    assert (line["method"], line["reason"], line["upstream"]) == ("subscription syncUsers", "PLAN_REFUSED", "bpm")


@pytest.mark.parametrize("error", [RuntimeError("canary"), asyncio.CancelledError("canary")])
async def test_a_defect_is_masked(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_request: httpx.Request) -> httpx.Response:
        raise error

    async with running(settings_for(NOWHERE), Answering(broken)) as facade:
        answer = await ask(facade, sync(1))
    (told,) = results(answer)
    assert told["errors"][0]["message"] == "Internal error. The request id identifies it in the log."
    assert "canary" not in answer.text
    assert "canary" in caplog.text or isinstance(error, asyncio.CancelledError)


async def test_a_client_that_goes_away_ends_the_sync(
    facade: Running, upstream: sandbox.Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "facade")
    await set_faults(upstream.url, {"method": "PUT", "path": "/bpm/*", "delay": 60})
    async with (
        httpx.AsyncClient(base_url=facade.http) as client,
        client.stream("POST", "/graphql", json=sync(100), headers=basic() | EVENTS) as answer,
    ):
        chunks = answer.aiter_text()  # kept: where it is collected, it closes the connection
        assert "plan" in await anext(chunks)
        await until(lambda: upstream.state.log.in_flight > 0)
    await until(lambda: upstream.state.log.in_flight == 0 and facade.door.in_flight == 0, 1.0)
    lines = [record.__dict__ for record in caplog.records if record.name == "facade.request"]
    assert [line["code"] for line in lines] == ["CANCELLED"]


async def test_a_quiet_stream_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "KEEP_ALIVE", 0.01)
    gate = Gated(running_api)
    async with (
        running(settings_for(NOWHERE, drain_timeout=0.1), gate) as facade,
        httpx.AsyncClient(base_url=facade.http) as client,
        client.stream("POST", "/graphql", json=sync(1), headers=basic() | EVENTS) as answer,
    ):
        assert (await anext(answer.aiter_bytes()))[:3] == b":\n\n"


async def test_when_the_drain_time_is_over_the_client_is_told() -> None:
    gate = Gated(running_api)
    async with running(settings_for(NOWHERE, drain_timeout=0.1), gate) as facade:
        asking = asyncio.create_task(ask(facade, sync(1)))
        await until(lambda: gate.waiting == 1)
    (told,) = results(await asking)
    assert told["errors"][0]["extensions"]["reason"] == "SHUTTING_DOWN"
    assert gate.cancelled == 1
