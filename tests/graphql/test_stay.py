"""How long a WebSocket is kept on which no operation runs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from facade.graphql import connection
from facade.server import Running, running
from tests.graphql.socket import HEALTH, UP, Talk, connected, opened, sync
from tests.support import settings_for, until
from tests.transports import Gated, running_api

pytestmark = pytest.mark.anyio

NOWHERE = "http://upstream.invalid"  # the transports of these tests do not look
IDLE = 0.5  # seconds
# Neither an error nor the client's own end to graphql-ws: it connects again, a lazy client at its next operation.
ENDED = (1001, "No operation has run for as long as an idle connection is kept.")


@pytest.fixture
def gate() -> Gated:
    """An upstream that answers when it may."""
    return Gated(running_api)


@pytest.fixture
async def facade(gate: Gated) -> AsyncIterator[Running]:
    """A facade that keeps idle connections for a moment."""
    async with running(settings_for(NOWHERE, keep_alive_timeout=IDLE), gate) as started:
        yield started


async def test_a_connection_without_an_operation_is_ended(facade: Running) -> None:
    async with connected(facade) as talk:
        assert await talk.closed() == ENDED


SAYINGS = [{"type": "ping"}, {"type": "pong"}, {"type": "complete", "id": "a"}]


@pytest.mark.parametrize("message", SAYINGS, ids=[each["type"] for each in SAYINGS])
async def test_what_is_no_operation_does_not_keep_it(message: dict[str, str], facade: Running) -> None:
    async with connected(facade) as talk:
        await saying(talk, message)
        assert await talk.closed() == ENDED


async def saying(talk: Talk, message: dict[str, str]) -> None:
    """Says it again and again until the connection ends; waits for the pong each time, if need be the transport's."""
    with suppress(ConnectionClosed):
        async with asyncio.timeout(60):
            while True:
                await talk.say(**message)
                if message["type"] == "ping":
                    assert await talk.hear() == {"type": "pong"}
                else:
                    await (await talk.socket.ping())


@pytest.mark.parametrize("payload", [HEALTH, sync(1)], ids=["query", "subscription"])
async def test_an_operation_that_runs_keeps_it_and_its_end_begins_the_time_anew(
    payload: object, facade: Running, gate: Gated
) -> None:
    async with connected(facade) as busy:
        await busy.subscribe("a", payload)
        await until(lambda: gate.waiting == 1)
        async with connected(facade) as idle:  # which is younger
            assert await idle.closed() == ENDED
        now = time.monotonic()
        gate.opened.set()
        payloads = await busy.until_ended("a")
        assert payloads == [UP, None] or payloads[0][0]["extensions"], "it was told how it ended"
        assert await busy.closed() == ENDED
        assert time.monotonic() - now >= IDLE


async def test_an_operation_that_the_client_completes_does_not_keep_it(facade: Running, gate: Gated) -> None:
    async with connected(facade) as talk:
        await talk.subscribe("a", HEALTH)
        await until(lambda: gate.waiting == 1)
        await talk.say(type="complete", id="a")
        assert await talk.closed() == ENDED
    assert gate.cancelled == 1


async def test_the_time_begins_when_the_connection_is_acknowledged(
    facade: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "INIT_TIME", 3 * IDLE)
    async with opened(facade) as talk:
        assert (await talk.closed())[0] == 4408


async def test_a_client_that_comes_back_is_served(facade: Running, gate: Gated) -> None:
    gate.opened.set()
    for _ in range(2):
        async with connected(facade) as talk:
            await talk.subscribe("a", HEALTH)
            assert await talk.until_ended("a") == [UP, None]
            assert await talk.closed() == ENDED
