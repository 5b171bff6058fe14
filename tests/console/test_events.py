"""What the page is told while it is open."""

import asyncio

import httpx
import pytest
from starlette.types import Message, Scope

from facade import sandbox
from facade.console.events import Events
from facade.console.sampler import Sampler
from facade.graphql.site import ANYWHERE
from facade.server import Running, running
from tests.console.watching import events, watching
from tests.support import settings_for

pytestmark = pytest.mark.anyio


async def test_the_first_event_is_all_that_is_kept(facade: Running) -> None:
    async with watching(facade) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        name, told = await anext(events(answer))
    assert name == "history"
    assert told["states"] == {"token": "up", "publish": "up", "integration": "up", "bpm": "up"}
    assert told["gauges"]["workers"] == 1


async def test_whoever_watches_is_told_that_the_facade_drains(upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url)) as facade:
        opened = watching(facade)
        answer = await opened.__aenter__()
        told = events(answer)
        await anext(told)
    assert [name async for name, _ in told] == ["end"]
    await opened.__aexit__(None, None, None)


async def test_only_so_many_watch_at_a_time_and_a_place_is_given_back() -> None:
    sampler = Sampler(None, dict)
    await sampler.look()
    application = Events(sampler, ANYWHERE, most=1)
    scope: Scope = {"type": "http", "headers": []}
    left, told = asyncio.Event(), asyncio.Event()

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if b"history" in message.get("body", b""):
            told.set()

    watcher = asyncio.create_task(application(scope, receive, send))
    await told.wait()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://facade") as client:
        answer = await client.get("/console/events")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    left.set()
    await watcher
    again = asyncio.create_task(application(scope, receive, send))
    await again


async def test_a_viewer_who_missed_a_look_is_told_all_again() -> None:
    sampler = Sampler(None, dict)
    await sampler.look()
    names: list[bytes] = []

    async def send(message: Message) -> None:
        names.append(message.get("body", b"").partition(b"\n")[0])
        if len(names) == 2:  # while this viewer is slow
            await sampler.look()
            await sampler.look()
        elif len(names) == 3:
            await sampler.look()
        elif len(names) == 4:
            sampler.ended = True

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    await Events(sampler, ANYWHERE)({"type": "http", "headers": []}, receive, send)
    assert names == [b"", b"event: history", b"event: history", b"event: look", b"event: end"]
