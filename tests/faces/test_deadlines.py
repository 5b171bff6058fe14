"""Time: a caller's deadline holds on both faces, and a caller who goes away takes the upstream call along."""

import asyncio
import time

import httpx
import pytest

from facade import sandbox
from facade.server import Running
from tests.faces.client import Face, Failure
from tests.faces.graphql import DOCUMENTS
from tests.faces.stack import FACES, Stack, standing
from tests.support import basic, set_faults, until

pytestmark = pytest.mark.anyio

BPM = "/bpm/*"
HANGING = {"path": BPM, "delay": 60}
MANY = 1000
AT_ONCE = 250


@pytest.mark.case("C11")
async def test_a_callers_deadline_ends_a_slow_call_and_closes_its_connection(
    face: Face, upstream: sandbox.Running
) -> None:
    await set_faults(upstream.url, HANGING)
    started = time.monotonic()

    with pytest.raises(Failure, match="DEADLINE_EXCEEDED"):
        await face.call("GetUser", {"mail": "api@example.com"}, timeout=1.0)

    assert time.monotonic() - started < 5
    (entry,) = upstream.state.log.entries(BPM)
    await until(lambda: entry.client_gone)


@pytest.mark.parametrize("name", FACES)
async def test_a_thousand_calls_that_run_out_of_time_leave_nothing_behind(name: str) -> None:
    async with standing(name) as stack:
        await stack.face.call("GetUser", {"mail": "api@example.com"})
        tasks = len(asyncio.all_tasks())
        await set_faults(stack.upstream.url, HANGING)
        for _ in range(MANY // AT_ONCE):
            calls = (stack.face.call("GetUser", {"mail": "api@example.com"}, timeout=0.3) for _ in range(AT_ONCE))
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
            assert {outcome.code for outcome in outcomes if isinstance(outcome, Failure)} == {"DEADLINE_EXCEEDED"}
            assert all(isinstance(outcome, Failure) for outcome in outcomes)

        await until(lambda: stack.facade.door.in_flight == 0)
        await until(lambda: stack.upstream.state.log.in_flight == 0)
        assert await open_connections(stack) <= 1
        await until(lambda: len(asyncio.all_tasks()) <= tasks + AT_ONCE_IDLE)
        await set_faults(stack.upstream.url)
        await stack.face.call("GetUser", {"mail": "api@example.com"})


AT_ONCE_IDLE = 4  # tasks of the two servers that come and go by themselves


async def open_connections(stack: Stack) -> int:
    """Connections that the upstream still has, beside the one that asks."""
    async with httpx.AsyncClient(base_url=stack.upstream.url) as client:
        connections: int = (await client.get("/sandbox/requests", params={"limit": 0})).json()["connections"]
        return connections


@pytest.mark.parametrize("stage", ["calling", "logging in"])
async def test_a_caller_who_goes_away_takes_the_upstream_call_along(
    face: Face, upstream: sandbox.Running, facade: Running, stage: str
) -> None:
    path = BPM if stage == "calling" else "/api/*"
    await set_faults(upstream.url, {"path": path, "delay": 60})
    operation = ("GetUser", {"mail": "x"}) if stage == "calling" else ("PublishEvent", {"event": {"entity": "x"}})
    call = asyncio.ensure_future(face.call(*operation))
    await until(lambda: bool(upstream.state.log.entries(path)))

    call.cancel()

    (entry,) = upstream.state.log.entries(path)
    await until(lambda: entry.client_gone)
    await until(lambda: facade.door.in_flight == 0)


@pytest.mark.case("F08")
async def test_the_budget_covers_login_and_call_together(upstream: sandbox.Running, face: Face) -> None:
    await set_faults(upstream.url, {"path": "/api/*", "delay": 0.25}, {"path": "/publish/*", "delay": 60})
    started = time.monotonic()

    with pytest.raises(Failure, match="DEADLINE_EXCEEDED"):
        await face.call("PublishEvent", {"event": {"entity": "x"}}, timeout=2.0)

    assert time.monotonic() - started < 5
    assert len(upstream.state.log.entries("/publish/*")) == 1


@pytest.mark.case("F08")
@pytest.mark.parametrize("name", FACES)
async def test_a_deadline_beyond_the_ceiling_is_cut(name: str) -> None:
    async with standing(name, default_timeout=0.1, max_timeout=0.3) as stack:
        await set_faults(stack.upstream.url, HANGING)
        started = time.monotonic()

        with pytest.raises(Failure, match="DEADLINE_EXCEEDED UPSTREAM_TIMEOUT"):
            await stack.face.call("GetUser", {"mail": "x@example.com"}, timeout=50)

        assert 0.25 < time.monotonic() - started < 10


async def test_several_upstream_pages_share_one_budget(face: Face, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": BPM, "delay": 0.2})
    page = {"page_size": 250} if face.name == "grpc" else {"first": 250}

    with pytest.raises(Failure, match="DEADLINE_EXCEEDED"):
        await face.call("ListUsers", page, timeout=0.5)

    assert len(upstream.state.log.entries(BPM)) < 4


async def test_a_bad_timeout_header_is_named(facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http) as client:
        for value in ("soon", "-1", "0", "nan", "inf"):
            response = await client.post(
                "/graphql",
                json={"query": DOCUMENTS["CheckHealth"][1]},
                headers=basic() | {"x-request-timeout": value},
            )
            assert response.status_code == 400
            assert response.json()["errors"][0]["extensions"]["fieldViolations"][0]["field"] == "x-request-timeout"
