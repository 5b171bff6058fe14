"""A defect of ours is masked and logged, and no request is left unanswered. It is caused at the adapter's seam."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from facade.server import running
from tests.graphql.http import only_errors
from tests.support import basic, settings_for, until
from tests.transports import Answering, Gated, running_api

pytestmark = pytest.mark.anyio

CANARY = "canary-7f3a"
QUERY = '{ user(mail: "a@example.com") { mail } }'
FIXED = "Internal error. The request id identifies it in the log."


@asynccontextmanager
async def serving(transport: httpx.AsyncBaseTransport, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a facade in front of this transport."""
    settings = settings_for("http://upstream.invalid", **changes)
    headers = basic() | {"x-request-id": "id-1"}
    async with (
        running(settings, transport) as facade,
        httpx.AsyncClient(base_url=facade.http, headers=headers) as client,
    ):
        yield client


def raising(error: BaseException) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    return answer


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The lines that the log has for requests."""
    return [record.__dict__ for record in caplog.records if record.name == "facade.request"]


@pytest.mark.parametrize(
    "error", [RuntimeError(CANARY), KeyError(CANARY), ExceptionGroup(CANARY, [ValueError(CANARY)])]
)
async def test_an_unexpected_exception_is_masked_and_logged(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(Answering(raising(error))) as client:
        answer = await client.post("/graphql", json={"query": QUERY})
    (entry,) = answer.json()["errors"]
    assert (answer.status_code, entry["message"], entry["path"]) == (200, FIXED, ["user"])
    assert (entry["extensions"]["code"], entry["extensions"]["requestId"]) == ("INTERNAL", "id-1")
    assert CANARY not in answer.text + str(answer.headers)
    (logged,) = [record for record in caplog.records if record.exc_info]
    assert logged.exc_info is not None
    assert logged.exc_info[1] is error
    (line,) = lines(caplog)
    assert (line["levelno"], line["code"], line["request_id"]) == (logging.WARNING, "INTERNAL", "id-1")


@pytest.mark.case("F09")
async def test_a_cancellation_from_within_is_answered() -> None:
    async with serving(Answering(raising(asyncio.CancelledError(CANARY)))) as client:
        answer = await client.post("/graphql", json={"query": QUERY}, timeout=30)
    assert answer.status_code == 500
    (entry,) = only_errors(answer)
    assert (entry["extensions"]["code"], entry["extensions"]["requestId"]) == ("INTERNAL", "id-1")
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("query", "method"),
    [
        pytest.param("{ publishHealth { message } }", "query publishHealth", id="a query"),
        pytest.param("query canary { secret: publishHealth { message } }", "query publishHealth", id="an alias"),
        pytest.param("query { ...f } fragment f on Query { __typename }", "query ", id="a fragment"),
        pytest.param("{ __typename " + "__typename " * 9 + "}", "query" + " __typename" * 5, id="ten fields"),
    ],
)
async def test_the_log_names_fields_of_the_schema_and_nothing_of_the_caller_s(
    query: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "facade")
    async with serving(Answering(running_api)) as client:
        assert (await client.post("/graphql", json={"query": query})).json().keys() == {"data"}
    (line,) = lines(caplog)
    assert (line["method"], line["code"], line["levelno"]) == (method, "OK", logging.INFO)


async def test_the_log_names_a_refusal_by_its_code(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "facade")
    async with serving(Answering(running_api)) as client:
        await client.get("/graphql")
        await client.post("/graphql", json=[])
    assert [line["code"] for line in lines(caplog)] == ["INVALID_ARGUMENT", "INVALID_ARGUMENT"]


async def test_the_log_says_that_a_caller_went_away(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "facade")
    gate = Gated(running_api)
    async with serving(gate) as client:
        asking = asyncio.create_task(client.post("/graphql", json={"query": QUERY}))
        await until(lambda: gate.waiting == 1)
        asking.cancel()
        await until(lambda: gate.cancelled == 1 and len(lines(caplog)) == 1)
    assert lines(caplog)[0]["code"] == "CANCELLED"


@pytest.mark.parametrize("asked", ["0.05", None], ids=["the caller's time", "the facade's time"])
async def test_when_the_time_is_over_the_caller_is_told(asked: str | None) -> None:
    gate = Gated(running_api)
    headers = {} if asked is None else {"x-request-timeout": asked}
    time = {"default_timeout": 0.1 if asked is None else 60.0, "max_timeout": 60.0}
    async with serving(gate, **time) as client:
        answer = await client.post("/graphql", json={"query": "{ publishHealth { message } }"}, headers=headers)
    (entry,) = answer.json()["errors"]
    assert (entry["extensions"]["code"], entry["extensions"]["reason"]) == ("DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT")
    assert gate.cancelled == 1


@pytest.mark.case("F08")
async def test_a_caller_cannot_have_more_time_than_the_facade_gives() -> None:
    async with serving(Gated(running_api), default_timeout=0.1, max_timeout=0.1) as client:
        headers = {"x-request-timeout": "99999999"}
        answer = await client.post("/graphql", json={"query": QUERY}, headers=headers, timeout=30)
    assert answer.json()["errors"][0]["extensions"]["reason"] == "UPSTREAM_TIMEOUT"
