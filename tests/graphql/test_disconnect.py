"""A request whose connection or whose server goes away, seen from ASGI."""

import asyncio
import json
import logging
from typing import Any

import pytest
from starlette.datastructures import Headers

from facade.admission import Door
from facade.assembly import connected, executing
from facade.bulk.connect import over
from facade.graphql.endpoint import Endpoint
from facade.graphql.request import HttpError, read_body
from tests.support import settings_for, until
from tests.transports import Gated, running_api

pytestmark = pytest.mark.anyio

BODY = json.dumps({"query": "{ publishHealth { message } }"}).encode()
SCOPE = {"type": "http", "method": "POST", "headers": [(b"content-type", b"application/json")]}


async def test_a_body_that_breaks_off_is_no_body() -> None:
    messages: list[Any] = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    with pytest.raises(HttpError, match="closed the connection"):
        await read_body(receive, Headers(), 1000)


async def test_a_request_that_the_server_cancels_is_cancelled_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "facade")
    gate, door = Gated(running_api), Door(1)
    settings = settings_for("http://upstream.invalid")
    upstreams = connected(settings, gate)
    bulk = over(upstreams, door, places=1, item_time=1.0)
    endpoint = Endpoint(executing(settings, upstreams, bulk), door, max_body=1000)
    messages: list[Any] = [{"type": "http.request", "body": BODY}]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0) if messages else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    asking = asyncio.create_task(endpoint(dict(SCOPE), receive, send))
    await until(lambda: gate.waiting == 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (gate.cancelled, door.in_flight, sent) == (1, 0, [])
    assert [record.__dict__["code"] for record in caplog.records if record.name == "facade.request"] == ["CANCELLED"]
