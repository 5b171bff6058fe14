"""An upstream that is behind is left alone for as long as it asks, given less, then all again; nothing fails."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from itertools import pairwise

import grpc
import orjson
import pytest

from facade import sandbox
from facade.sandbox.request_log import Entry
from facade.server import running
from tests.bulk.stream import EVENTS, Seen, disagreements, items, now, published, reason, seen
from tests.support import basic, quiet, settings_for, until

pytestmark = pytest.mark.anyio

PLACES = 8
PAUSE = 1.0  # seconds; Retry-After knows no fractions
SLOW = {"path": "/publish/*", "delay": 0.01}


def refusal(status: int, times: int, match: str = "*") -> dict[str, object]:
    """A fault that asks for a pause."""
    headers = {"retry-after": f"{PAUSE:.0f}"}
    return {"path": "/publish/*", "match": match, "status": status, "headers": headers, "times": times}


def side_by_side(calls: list[Entry]) -> list[int]:
    """How many calls ran when each began, itself included."""
    return [
        sum(other.started <= call.started < (other.finished or call.started) for other in calls) + (not call.finished)
        for call in calls
    ]


@pytest.mark.parametrize("status", [503, 429])
async def test_a_pause_is_kept_the_pace_is_halved_and_comes_back(upstream: sandbox.Running, status: int) -> None:
    now(upstream, SLOW)

    def midway(answers: int) -> None:
        if answers == 200:
            now(upstream, refusal(status, times=1), SLOW)

    async with running(settings_for(upstream.url, bulk_concurrency=PLACES)) as facade:
        outcome = await published(facade.grpc, items(1_000), after=midway)

    assert outcome.codes() == {0: 1_000}
    calls = upstream.state.log.entries(EVENTS)
    [refused] = [call for call in calls if call.status == status]
    assert refused.finished is not None
    resumed = [call.started for call in calls if call.started >= refused.finished + PAUSE]
    paused = [call for call in calls if refused.finished < call.started < resumed[0]]
    assert len(paused) < PLACES, "but for those that were on their way nothing is sent in the pause"
    counts = side_by_side(calls)
    first = next(place for place, call in enumerate(calls) if call.started >= resumed[0])
    assert max(counts[:first]) == PLACES
    assert max(counts[first : first + PLACES // 2]) <= PLACES // 2
    assert max(counts[first:]) == PLACES, "restored while the stream keeps it busy"
    assert Counter(seen(upstream).done.values()) == {1: 1_000}


async def test_a_stretch_of_refusals_costs_few_calls(upstream: sandbox.Running) -> None:
    def midway(answers: int) -> None:
        if answers == 100:  # it does not say for how long
            now(upstream, {"path": EVENTS, "status": 503, "times": PLACES + 2}, SLOW)

    now(upstream, SLOW)
    async with running(settings_for(upstream.url, bulk_concurrency=PLACES)) as facade:
        outcome = await published(facade.grpc, items(500), after=midway)
    assert outcome.codes() == {0: 500}
    refused = [call.started for call in upstream.state.log.entries(EVENTS) if call.status == 503]
    assert len(refused) == PLACES + 2
    assert any(after - before > 0.05 for before, after in pairwise(refused)), "each round is followed by a pause"
    assert disagreements(outcome, seen(upstream)) == []


async def test_a_pause_for_one_caller_does_not_slow_another() -> None:
    other = sandbox.Account("other@example.com", "Other", "sandbox", customers=frozenset({"C-200"}))
    async with (
        sandbox.running(sandbox.Options(accounts=(other,))) as upstream,
        running(settings_for(upstream.url, bulk_concurrency=PLACES)) as facade,
    ):
        now(upstream, refusal(429, times=1, match='*"C-100"*'))
        slow = asyncio.create_task(published(facade.grpc, items(10)))
        await until(lambda: any(call.status == 429 for call in upstream.state.log.entries(EVENTS)))
        quick = await published(facade.grpc, items(50, lambda _: "C-200"), headers=basic("other@example.com"))
        assert (await slow).codes() == {0: 10}
        assert quick.codes() == {0: 50}
    customers = [orjson.loads(call.body)["envcustomerid"] for call in upstream.state.log.entries(EVENTS)]
    assert customers.index("C-100", 1) > PLACES, "the other's went on in the pause"


async def test_an_upstream_that_is_away_for_a_while_is_waited_for() -> None:
    count, answered = 2_000, 0

    def look(answers: int) -> None:
        nonlocal answered
        answered = answers

    async with AsyncExitStack() as stack, AsyncExitStack() as first:
        before = await first.enter_async_context(sandbox.running())
        settings = settings_for(before.url, bulk_concurrency=PLACES)
        facade = await stack.enter_async_context(running(settings))
        streaming = asyncio.create_task(published(facade.grpc, items(count), after=look))
        await until(lambda: answered > 300, timeout=30)
        await first.aclose()  # from here on connections are refused
        await until(quiet(lambda: answered), timeout=30)
        assert answered < count
        port = int(before.url.rpartition(":")[2])
        after = await stack.enter_async_context(sandbox.running(port=port))
        outcome = await streaming

    assert outcome.ended is grpc.StatusCode.OK
    lost = [name for name, result in outcome.results.items() if reason(result) == "OUTCOME_UNKNOWN"]
    assert len(lost) <= PLACES, "those that were on their way"
    assert outcome.codes()[0] == count - len(lost)
    once, again = seen(before), seen(after)
    assert disagreements(outcome, Seen(once.got + again.got, once.had + again.had, once.done + again.done)) == []
