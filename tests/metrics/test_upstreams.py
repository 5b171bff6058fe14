"""Upstream calls as they are counted: each try, how it ended, and what is known of the upstream."""

import asyncio

import httpx
import pytest

from facade.server import running
from tests.faces.client import Failure
from tests.faces.stack import client, standing
from tests.metrics.reading import calls, ends, read
from tests.support import basic, set_faults, settings_for, until
from tests.transports import Answering, Gated, running_api

pytestmark = pytest.mark.anyio

EVENT = {"event": {"entity": "web-1"}}


def nobody(_request: httpx.Request) -> httpx.Response:
    """Nobody listens."""
    raise httpx.ConnectError("refused")


async def test_each_try_is_a_call_and_the_breaker_is_seen() -> None:
    settings = settings_for("http://upstream.invalid", breaker_failures=2, breaker_pause=3600.0)
    async with running(settings, Answering(nobody)) as facade, client("grpc", facade) as face:
        with pytest.raises(Failure):
            await face.call("GetUser", {"mail": "a@example.com"})
        assert calls(facade) == {("bpm", "GetUser", "UNAVAILABLE", "UPSTREAM_UNREACHABLE"): 3}
        retried = read(facade)
        with pytest.raises(Failure):
            await face.call("GetUser", {"mail": "a@example.com"})
        before = read(facade)
        tries = sum(calls(facade).values())
        with pytest.raises(Failure):
            await face.call("GetUser", {"mail": "a@example.com"})
        after = read(facade)
        assert sum(calls(facade).values()) == tries == 4, "the second call opened it with its first try"
    assert retried.some("facade_upstream_retries_total", "upstream") == {("bpm",): 2}
    assert before.some("facade_upstream_breakers_open", "upstream") == {("bpm",): 1}
    assert ("bpm",) not in before.some("facade_upstream_up", "upstream")
    assert ("publish",) in before.some("facade_upstream_up", "upstream")
    assert retried.some("facade_upstream_calls_refused_total", "upstream", "cause") == {}
    assert before.some("facade_upstream_calls_refused_total", "upstream", "cause") == {("bpm", "breaker"): 1}
    assert after.some("facade_upstream_calls_refused_total", "upstream", "cause") == {("bpm", "breaker"): 2}


async def test_a_call_too_many_is_counted() -> None:
    gate = Gated(running_api)
    settings = settings_for("http://upstream.invalid", upstream_concurrency=1)
    async with running(settings, gate) as facade, client("grpc", facade) as face, client("graphql", facade) as other:
        calling = asyncio.create_task(face.call("CheckHealth"))
        await until(lambda: gate.waiting == 1)
        with pytest.raises(Failure):
            await other.call("CheckHealth")
        refused = read(facade).some("facade_upstream_calls_refused_total", "upstream", "cause")
        gate.opened.set()
        await calling
    assert refused == {("publish", "concurrency"): 1}


async def test_a_defect_is_counted_as_one() -> None:
    def broken(_request: httpx.Request) -> httpx.Response:
        raise RuntimeError("canary")

    async with standing("grpc", transport=Answering(broken)) as stack:
        with pytest.raises(Failure):
            await stack.face.call("CheckHealth")
        assert calls(stack.facade) == {("publish", "CheckHealth", "INTERNAL", "INTERNAL"): 1}
        assert ends(stack.facade) == {("grpc", "PublishService/CheckHealth", "INTERNAL", "INTERNAL"): 1}


async def test_logins_are_counted_by_how_they_end_and_sessions_are_kept() -> None:
    async with standing("grpc") as stack:
        for _ in range(2):
            await stack.face.call("PublishEvent", EVENT)
        assert read(stack.facade).some("facade_logins_total", "outcome") == {("ok",): 1}
        for _ in range(2):
            with pytest.raises(Failure):
                await stack.face.call("PublishEvent", EVENT, basic(password="wrong"))
        await set_faults(stack.upstream.url, {"path": "/api/*", "status": 500})
        with pytest.raises(Failure):
            await stack.face.call("PublishEvent", EVENT, basic("user@example.com"))
        found = read(stack.facade)
    assert found.some("facade_logins_total", "outcome") == {
        ("ok",): 1,
        ("rejected",): 1,
        ("remembered",): 1,
        ("failed",): 1,
    }
    assert found.sum("facade_sessions") == 3


async def test_a_login_that_nobody_waits_for_any_more_is_counted() -> None:
    async with standing("grpc", transport=Gated(running_api)) as stack:
        with pytest.raises(Failure, match="DEADLINE_EXCEEDED"):
            await stack.face.call("PublishEvent", EVENT, timeout=0.2)

        ended = {("cancelled",): 1}
        await until(lambda: read(stack.facade).some("facade_logins_total", "outcome") == ended, timeout=20)


async def test_an_upstream_that_is_not_configured_has_no_series() -> None:
    async with standing("grpc", bpm_url=None) as stack:
        found = read(stack.facade)
        with pytest.raises(Failure, match="UPSTREAM_NOT_CONFIGURED"):
            await stack.face.call("GetUser", {"mail": "a@example.com"})
        assert calls(stack.facade) == {}
    named = {dict(labels).get("upstream") for _, labels in found.values}
    assert named == {None, "token", "publish", "integration"}
