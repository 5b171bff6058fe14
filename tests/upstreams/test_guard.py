"""The guard in front of an upstream, as the adapter uses it: places, and what is not called while it is down."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from facade.errors import Code, Outcome, Reason
from facade.upstreams.breaker import USUAL
from facade.upstreams.connect import Addresses, Upstreams
from facade.upstreams.guard import Guard, ProbeGuard
from facade.upstreams.prober import probing
from facade.upstreams.rest import Rest
from facade.upstreams.transport import Transport
from tests.support import until
from tests.transports import Gated, running_api
from tests.upstreams.doubles import READ, WRITE, Recorder, answer, caller, connected, failure
from tests.upstreams.wire import always, serving
from tests.upstreams.wire import answer as written

GOOD = answer(200, {"ok": True})
REFUSED = httpx.ConnectError("refused")
HASTY = replace(USUAL, failures=2, pause=0.1, patience=0.1)


@pytest.mark.case("F11")
async def test_calls_beyond_the_limit_fail_at_once_and_nothing_of_them_is_sent() -> None:
    gate = Gated(running_api)
    guard = Guard("bpm", replace(USUAL, concurrency=2))
    rest = Rest("bpm", "http://bpm.test", gate, guard)
    calls = [asyncio.create_task(rest.call(READ, caller())) for _ in range(2)]
    await until(lambda: gate.waiting == 2)

    error = await failure(rest.call(WRITE, caller()))

    assert (error.code, error.reason) == (Code.RESOURCE_EXHAUSTED, Reason.UPSTREAM_OVERLOADED)
    assert (error.outcome, error.retryable, error.retry_after) == (Outcome.NOT_SENT, True, 1.0)
    assert gate.waiting == 2
    gate.opened.set()
    await asyncio.gather(*calls)
    assert guard.in_flight == 0
    await rest.call(WRITE, caller())


async def test_calls_that_are_cancelled_give_their_places_back() -> None:
    guard = Guard("bpm", replace(USUAL, concurrency=2))
    rest = Rest("bpm", "http://bpm.test", Gated(running_api), guard)
    for _ in range(20):
        calls = [asyncio.create_task(rest.call(READ, caller())) for _ in range(2)]
        await until(lambda: guard.in_flight == 2)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    assert guard.in_flight == 0
    assert guard.breaker.untroubled


@pytest.mark.case("C01", "F02")
async def test_an_upstream_that_is_down_is_not_called() -> None:
    recorder = Recorder(REFUSED)
    rest = Rest("bpm", "http://bpm.test", recorder)
    for _ in range(50):
        error = await failure(rest.call(READ, caller()))
    assert (error.code, error.reason) == (Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE)
    assert USUAL.failures <= len(recorder.requests) < 20, "five, and a trial now and then if this took long"


def one_broken(request: httpx.Request) -> httpx.Response:
    """An upstream that fails for one user alone."""
    return httpx.Response(502) if request.url.path.endswith("/broken") else running_api(request)


@pytest.mark.case("F02", "D11")
async def test_what_is_broken_for_one_user_is_not_taken_for_an_upstream_that_is_down() -> None:
    gate = Gated(one_broken)
    rest = Rest("bpm", "http://bpm.test", gate)
    calls = [asyncio.create_task(rest.call(READ, caller(), rest="/broken")) for _ in range(2)]
    await until(lambda: gate.waiting == 2)
    gate.opened.set()

    errors = [await failure(call) for call in calls]

    assert {error.upstream_status for error in errors} == {502}, "each read was tried to its end"
    assert len(gate.requests) == 6
    assert rest.breaker.closed
    for _ in range(USUAL.failures - 2):
        await failure(rest.call(READ, caller(), rest="/broken"))
    assert not rest.breaker.closed, "five calls in a row are five"


async def test_a_call_whose_last_try_fails_counts_though_the_first_said_nothing_of_the_kind() -> None:
    replies = Recorder(answer(408), REFUSED, REFUSED)
    rest = Rest("bpm", "http://bpm.test", replies, Guard("bpm", replace(USUAL, failures=1, pause=3600.0)))
    await failure(rest.call(READ, caller()))
    assert len(replies.requests) == 2, "once it is open nothing is tried"
    assert not rest.breaker.closed


@pytest.mark.case("F02")
async def test_at_most_one_call_tries_an_upstream_that_is_down_and_one_that_is_cancelled_lets_the_next() -> None:
    down = True

    def reply(_request: httpx.Request) -> httpx.Response:
        if down:
            raise REFUSED
        return running_api(_request)

    gate = Gated(reply)
    gate.opened.set()
    rest = Rest("bpm", "http://bpm.test", gate, Guard("bpm", replace(HASTY, patience=60.0)))
    for _ in range(HASTY.failures):
        await failure(rest.call(READ, caller()))
    assert not rest.breaker.up
    gate.opened.clear()
    calls: list[asyncio.Task[object]] = []
    most = 0

    def tried() -> bool:
        nonlocal most
        calls.append(asyncio.create_task(rest.call(READ, caller())))
        most = max(most, gate.waiting)
        return gate.waiting == 1 and len(calls) > 200

    await until(tried)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert most == 1
    assert not rest.breaker.up

    down = False
    gate.opened.set()
    await rest.call(READ, caller())
    assert rest.breaker.untroubled


async def test_the_facades_own_calls_take_no_place_of_callers() -> None:
    guard = Guard("bpm", replace(USUAL, concurrency=1))
    ours = ProbeGuard(guard)
    held = guard.enter()
    await Rest("bpm", "http://bpm.test", Recorder(GOOD), ours).call(READ, caller())
    guard.leave(held, None, 0.0)
    assert guard.in_flight == 0


async def down(upstreams: Upstreams) -> None:
    await until(lambda: set(upstreams.states.values()) == {"down"})


@pytest.mark.case("J07")
async def test_upstreams_that_nobody_calls_are_found_to_be_down_and_to_be_back() -> None:
    async with serving(always(written())) as server:
        pass
    port = int(server.url.rpartition(":")[2])
    async with Transport(max_answer=1000) as transport:
        upstreams = connected(transport, Addresses(*[server.url] * 4))
        async with probing(upstreams.probed):
            await down(upstreams)
            async with serving(always(written(b'{"message": "API is running"}')), port=port) as back:
                await until(lambda: set(upstreams.states.values()) == {"up"})
            asked = [request.partition(b"\r\n")[0] for request in back.requests]
            assert not [request for request in back.requests if b"authorization" in request or b"cookie" in request]
    assert len(asked) >= 4, "each was asked"


async def test_an_upstream_that_is_there_is_asked_nothing() -> None:
    async with serving(always(written())) as server, Transport(max_answer=1000) as transport:
        upstreams = connected(transport, Addresses(*[server.url] * 4))
        async with probing(upstreams.probed):
            await until(lambda: server.ended == server.opened == 4)
    assert set(upstreams.states.values()) == {"up"}
    assert server.requests == []
