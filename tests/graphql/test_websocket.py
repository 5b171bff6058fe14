"""graphql-transport-ws: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md"""

import asyncio
import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from facade import sandbox
from facade.graphql import connection, subscriber
from facade.graphql.site import same_origin
from facade.server import Running, running
from tests.graphql.socket import HEALTH, SYNC, UP, connected, opened, sync
from tests.support import basic, set_faults, settings_for, until
from tests.transports import Gated, running_api

pytestmark = pytest.mark.anyio

NOWHERE = "http://upstream.invalid"  # the transports of these tests do not look


async def test_a_query_and_a_mutation_lead_to_one_result(facade: Running) -> None:
    async with connected(facade) as talk:
        await talk.subscribe("a", HEALTH)
        assert await talk.until_ended("a") == [UP, None]
        await talk.subscribe("a", {"query": "mutation { publishMetric(metric: {a: 1}) { message } }"})
        done = {"data": {"publishMetric": {"message": "Data published successfully"}}}
        assert await talk.until_ended("a") == [done, None], "an id is free again when its operation has ended"


async def test_a_subscription_leads_to_results_and_an_end(facade: Running) -> None:
    async with connected(facade) as talk:
        await talk.subscribe("a", sync(3))
        payloads = await talk.until_ended("a")
    updates = [payload["data"]["syncUsers"] for payload in payloads[:-1]]
    assert [next(name for name in update if update[name]) for update in updates] == ["plan", *["result"] * 3, "summary"]
    assert updates[-1]["summary"] == {"added": 3, "failed": 0, "notAttempted": 0}
    assert payloads[-1] is None


async def test_operations_run_side_by_side(facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": "/bpm/*", "delay": 60})
    async with connected(facade) as talk:
        await talk.subscribe("slow", {"query": '{ user(mail: "a@example.com") { mail } }'})
        await talk.subscribe("quick", HEALTH)
        assert await talk.until_ended("quick") == [UP, None]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        pytest.param({"query": "{"}, "Syntax Error", id="no document"),
        pytest.param({"query": "{ nothing }"}, "Cannot query field", id="no field of the schema"),
        pytest.param({"query": SYNC}, "$roster", id="no variable"),
        pytest.param({"query": "query a { __typename } query b { __typename }"}, "operationName", id="no name"),
    ],
)
async def test_what_is_not_executed_ends_with_its_errors(payload: Any, message: str, facade: Running) -> None:
    async with connected(facade, {"x-request-id": "id-1"}) as talk:
        await talk.subscribe("a", payload)
        [errors] = await talk.until_ended("a")
    assert message in errors[0]["message"]
    told = errors[0]["extensions"]
    assert (told["code"], told["reason"], told["requestId"]) == ("INVALID_ARGUMENT", "INVALID_REQUEST", "id-1")


async def test_an_error_of_a_field_is_part_of_the_result(facade: Running) -> None:
    async with connected(facade) as talk:
        await talk.subscribe("a", {"query": '{ user(mail: "nobody@example.com") { mail } }'})
        result, end = await talk.until_ended("a")
    assert (result["data"], result["errors"][0]["extensions"]["code"], end) == ({"user": None}, "NOT_FOUND", None)


async def test_an_error_of_a_subscription_ends_it(facade: Running) -> None:
    async with connected(facade) as talk:
        await talk.subscribe("a", sync(0, deleteMissing=True))
        plan, errors = await talk.until_ended("a")
    assert len(plan["data"]["syncUsers"]["plan"]["toDelete"]) == 250
    assert errors[0]["extensions"]["reason"] == "PLAN_REFUSED"


async def test_a_defect_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_request: Any) -> Any:
        raise RuntimeError("canary")

    gate = Gated(broken)
    gate.opened.set()
    async with running(settings_for(NOWHERE), gate) as facade, connected(facade) as talk:
        await talk.subscribe("a", sync(1))
        [errors] = await talk.until_ended("a")
    assert (errors[0]["message"], errors[0]["extensions"]["code"]) == (
        "Internal error. The request id identifies it in the log.",
        "INTERNAL",
    )
    assert "canary" not in json.dumps(errors)
    assert "canary" in caplog.text


@pytest.mark.parametrize("where", ["handshake", "init", "init rather than handshake"])
async def test_credentials_come_from_the_handshake_or_the_init(where: str, facade: Running) -> None:
    headers = {"handshake": basic(), "init": {}}.get(where, basic(password="wrong"))
    payload = {} if where == "handshake" else {"Authorization": basic()["authorization"], "other": 1, "x": "y"}
    async with connected(facade, payload, headers=headers) as talk:
        await talk.subscribe("a", {"query": '{ user(mail: "api@example.com") { mail } }'})
        assert await talk.until_ended("a") == [{"data": {"user": {"mail": "api@example.com"}}}, None]


@pytest.mark.parametrize("payload", [{"authorization": "Digest x"}, {"x-request-timeout": "soon"}])
async def test_an_init_that_cannot_be_read_is_told_of_each_operation(payload: Any, facade: Running) -> None:
    async with connected(facade, payload) as talk:
        await talk.subscribe("a", HEALTH)
        [errors] = await talk.until_ended("a")
        assert errors[0]["extensions"]["code"] in {"UNAUTHENTICATED", "INVALID_ARGUMENT"}


async def test_the_time_that_a_caller_grants_holds(facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"delay": 60})
    async with connected(facade, {"x-request-timeout": "0.1"}) as talk:
        await talk.subscribe("a", HEALTH)
        result, _ = await talk.until_ended("a")
        assert result["errors"][0]["extensions"]["reason"] == "UPSTREAM_TIMEOUT"


async def test_a_ping_is_answered_also_before_the_init_and_a_pong_is_taken(facade: Running) -> None:
    async with opened(facade) as talk:
        await talk.say(type="ping")
        assert await talk.hear() == {"type": "pong"}
        await talk.say(type="pong", payload={"a": 1})
        await talk.say(type="ping", payload={"a": 10**30})
        assert await talk.hear() == {"type": "pong"}


SUBSCRIBE = {"type": "subscribe", "id": "a", "payload": HEALTH}
INIT = {"type": "connection_init"}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        pytest.param([SUBSCRIBE], 4401, id="an operation before the init"),
        pytest.param([INIT, INIT], 4429, id="two inits"),
        pytest.param([INIT, {"type": "complete", "id": "unknown"}, {"type": "x"}], 4400, id="an unknown type"),
        pytest.param([INIT, {"id": "a"}], 4400, id="no type"),
        pytest.param([INIT, []], 4400, id="no object"),
        pytest.param([INIT, {"type": "connection_init", "payload": []}], 4400, id="a payload that is no object"),
        pytest.param([INIT, SUBSCRIBE | {"id": ""}], 4400, id="an empty id"),
        pytest.param([INIT, SUBSCRIBE | {"id": 1}], 4400, id="a number for an id"),
        pytest.param([INIT, {"type": "subscribe", "id": "a"}], 4400, id="no payload"),
        pytest.param([INIT, SUBSCRIBE | {"payload": {"query": 1}}], 4400, id="a query that is no text"),
        pytest.param([INIT, SUBSCRIBE | {"payload": "x" * 1000}], 4400, id="a payload that is a text"),
        pytest.param([INIT, "not JSON"], 4400, id="no JSON"),
        pytest.param([INIT, b"{}"], 4400, id="bytes"),
        pytest.param([INIT, "[" * 100_000], 4400, id="nested too deep"),
        pytest.param([INIT, '{"type": "ping", "payload": {"a": NaN}}'], 4400, id="NaN"),
    ],
)
async def test_who_breaks_the_protocol_is_told_how(messages: list[Any], code: int, facade: Running) -> None:
    async with opened(facade) as talk:
        for message in messages:
            await talk.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))
        told, reason = await talk.closed()
    assert told == code
    assert reason


@pytest.mark.parametrize("id_", ["a", "ä" * 200])
async def test_an_id_that_is_in_use_ends_the_connection(id_: str, facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"delay": 60})
    async with connected(facade) as talk:
        await talk.subscribe(id_, HEALTH)
        await talk.subscribe(id_, HEALTH)
        code, reason = await talk.closed()
    assert (code, reason[:16]) == (4409, f"Subscriber for {id_[0]}")
    await until(lambda: facade.door.in_flight == 0 and upstream.state.log.in_flight == 0, 1.0)


async def test_who_does_not_begin_is_not_waited_for(facade: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "INIT_TIME", 0.05)
    async with opened(facade) as talk:
        assert await talk.closed() == (4408, "Connection initialisation timeout")


@pytest.mark.parametrize("offered", [[], ["graphql-ws"]])
async def test_another_subprotocol_is_not_accepted(offered: list[str], facade: Running) -> None:
    async with opened(facade, subprotocols=offered or None) as talk:
        assert await talk.closed() == (4406, "Subprotocol not acceptable")


async def test_a_message_that_is_too_large_ends_the_connection(upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url, max_request_bytes=1000)) as facade, connected(facade) as talk:
        await talk.subscribe("a", {"query": "{ publishHealth { message } }" + " " * 1000})
        assert (await talk.closed())[0] == 1009


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1.evil.example", "http://[", "xyz"]
)
async def test_pages_of_other_sites_cannot_connect(
    origin: str, facade: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "facade")
    with pytest.raises(InvalidStatus) as caught:
        async with opened(facade, origin=origin):
            pass
    assert caught.value.response.status_code == 403
    [line] = [record.__dict__ for record in caplog.records if record.name == "facade.request"]
    assert (line["method"], line["code"]) == ("websocket", "PERMISSION_DENIED")
    assert origin not in repr(line)


async def test_pages_of_this_site_can_connect(facade: Running) -> None:
    async with connected(facade, origin=facade.http):
        pass


@pytest.mark.parametrize(
    ("origins", "host", "same"),
    [
        ([], "a.example", True),
        (["https://a.example"], "a.example", True),
        (["https://A.example"], "a.Example:443", True),
        (["http://a.example:8080"], "a.example:8080", True),
        (["http://[::1]:8080"], "[::1]:8080", True),
        (["http://a.example"], "a.example:8080", False),
        (["https://a.example", "https://a.example"], "a.example", False),
        (["https://a.example:x"], "a.example", False),
        (["file://"], "", False),
        (["null"], "null", False),
        (["ftp://a.example"], "a.example", False),
        ([""], "", False),
    ],
)
def test_an_origin_is_compared_by_host_and_port(origins: list[str], host: str, same: bool) -> None:
    assert same_origin(origins, host) is same


@pytest.mark.case("G17")
async def test_another_path_has_no_websocket(facade: Running) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with opened(replace(facade, http=facade.http + "/x")):
            pass
    assert caught.value.response.status_code == 403


@pytest.mark.parametrize("way", ["completes", "closes", "vanishes"])
async def test_an_operation_that_nobody_waits_for_is_given_up(
    way: str, facade: Running, upstream: sandbox.Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "facade")
    await set_faults(upstream.url, {"method": "PUT", "path": "/bpm/*", "delay": 60})
    async with connected(facade) as talk:
        await talk.subscribe("a", sync(100))
        assert (await talk.hear())["payload"]["data"]["syncUsers"]["plan"]["kept"] == 250
        await until(lambda: upstream.state.log.in_flight > 0)
        if way == "completes":
            await talk.say(type="complete", id="a")
        elif way == "closes":
            await talk.socket.close()
        else:
            talk.socket.transport.abort()
        await until(lambda: upstream.state.log.in_flight == 0 and facade.door.in_flight == 0, 1.0)
        if way == "completes":
            await set_faults(upstream.url)
            await talk.subscribe("a", HEALTH)
            assert await talk.until_ended("a") == [UP, None]
    lines = [record.__dict__ for record in caplog.records if record.name == "facade.request"]
    assert lines[0]["code"] == "CANCELLED"


async def test_each_operation_is_one_line_of_the_log(facade: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "facade")
    async with connected(facade) as talk:
        for payload in (HEALTH, sync(1), {"query": "{ canary }"}):
            await talk.subscribe("a", payload)
            await talk.until_ended("a")
    lines = [record.__dict__ for record in caplog.records if record.name == "facade.request"]
    assert [(line["method"], line["code"]) for line in lines] == [
        ("query publishHealth", "OK"),
        ("subscription syncUsers", "OK"),
        ("graphql", "INVALID_ARGUMENT"),
    ]
    assert "canary" not in caplog.text


async def test_a_connection_has_a_limited_number_of_operations(facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"delay": 60})
    async with connected(facade) as talk:
        for number in range(subscriber.MOST_OPERATIONS):
            await talk.subscribe(str(number), HEALTH)
        await talk.subscribe("more", HEALTH)
        [errors] = await talk.until_ended("more")
        told = errors[0]["extensions"]
        assert (told["code"], told["reason"], told["retryable"]) == ("RESOURCE_EXHAUSTED", "OVERLOADED", True)
        await talk.say(type="complete", id="0")
        await until(lambda: facade.door.in_flight == subscriber.MOST_OPERATIONS - 1)
        await talk.subscribe("more", {"query": "{ __typename }"})
        assert await talk.until_ended("more") == [{"data": {"__typename": "Query"}}, None]


async def test_a_full_facade_says_so(upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"delay": 60})
    async with running(settings_for(upstream.url, max_in_flight=1)) as facade, connected(facade) as talk:
        await talk.subscribe("a", HEALTH)
        await talk.subscribe("b", HEALTH)
        [errors] = await talk.until_ended("b")
        assert errors[0]["extensions"]["reason"] == "OVERLOADED"


async def test_a_facade_that_shuts_down_lets_operations_end_and_says_goodbye() -> None:
    gate = Gated(running_api)
    async with running(settings_for(NOWHERE), gate) as facade, connected(facade) as busy, connected(facade) as idle:
        await busy.subscribe("a", HEALTH)
        await until(lambda: gate.waiting == 1)
        closing = asyncio.create_task(facade.door.close(60.0))
        assert (await idle.closed())[0] == 1001
        await busy.subscribe("b", HEALTH)
        [errors] = await busy.until_ended("b")
        assert errors[0]["extensions"]["reason"] == "SHUTTING_DOWN"
        async with opened(facade) as late:
            assert (await late.closed())[0] == 1001
        gate.opened.set()
        assert await busy.until_ended("a") == [UP, None]
        assert (await busy.closed())[0] == 1001
        await closing


async def test_when_the_drain_time_is_over_operations_are_told_and_the_connection_is_closed() -> None:
    gate = Gated(running_api)
    ends: list[Any] = []

    async def listen(facade: Running) -> None:
        async with connected(facade) as talk:
            await talk.subscribe("a", HEALTH)
            ends.extend(await talk.until_ended("a"))
            ends.append((await talk.closed())[0])

    async with running(settings_for(NOWHERE, drain_timeout=0.1), gate) as facade:
        listening = asyncio.create_task(listen(facade))
        await until(lambda: gate.waiting == 1)
    await listening
    errors, code = ends
    assert (errors[0]["extensions"]["reason"], code) == ("SHUTTING_DOWN", 1001)
    assert gate.cancelled == 1
