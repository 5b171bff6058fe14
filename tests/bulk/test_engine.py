"""The engine: one result an item whatever happens, never too many calls, and an end to what is hopeless."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facade.bulk.lane import Lane
from facade.domain.bulk import ItemResult
from facade.errors import FacadeError, Reason
from tests.bulk.jobs import BUDGET, KINDS, Upstream, collected, error, job, reasons
from tests.support import until

pytestmark = pytest.mark.anyio

FINAL = [None, *(set(KINDS) - {Reason.UPSTREAM_OVERLOADED, Reason.UPSTREAM_UNREACHABLE, Reason.INVALID_CREDENTIALS})]


@settings(deadline=None, max_examples=60)
@given(
    ends=st.lists(st.tuples(st.sampled_from(FINAL), st.integers(0, 2)), max_size=60),
    places=st.integers(1, 5),
)
def test_every_item_has_one_result_and_it_is_its_own(ends: list[tuple[Reason | None, int]], places: int) -> None:
    """Some are refused once or twice before."""
    refusals = {str(number): refused for number, (_, refused) in enumerate(ends)}

    def answer(name: str) -> FacadeError | None:
        if refusals[name]:
            refusals[name] -= 1
            return error(Reason.UPSTREAM_OVERLOADED, retry_after=0.0)
        reason = ends[int(name)][0]
        return None if reason is None else error(reason)

    async def run() -> None:
        upstream = Upstream(answer)
        results = await collected(job(Lane(places, BUDGET)), upstream.items(len(ends)))
        assert Counter(result.item_id for result in results) == Counter(map(str, range(len(ends))))
        assert upstream.most <= places
        stopped = {result.item_id for result in results if reasons([result]) == [Reason.NOT_ATTEMPTED]}
        assert stopped.isdisjoint(upstream.calls)
        told = {result.item_id: reasons([result])[0] for result in results if result.item_id not in stopped}
        waiting = {name for name, reason in told.items() if reason is Reason.UPSTREAM_OVERLOADED}
        assert {name: ends[int(name)][0] for name in told.keys() - waiting} == {
            name: told[name] for name in told.keys() - waiting
        }
        if not any(reason is Reason.ACCESS_DENIED for reason, _ in ends):
            assert not stopped | waiting, "only a job that is stopped gives up items"
            assert len(upstream.calls) == sum(1 + refused for _, refused in ends)

    asyncio.run(run())


async def test_items_that_have_their_result_are_passed_on_without_a_call() -> None:
    upstream = Upstream()
    bad = ItemResult("bad", error=error(Reason.INVALID_REQUEST))
    results = await collected(job(Lane(2, BUDGET)), [upstream.item("a"), bad, upstream.item("b")])
    assert {result.item_id: result.error for result in results} == {"a": None, "b": None, "bad": bad.error}
    assert upstream.calls == ["a", "b"]


async def test_the_first_call_goes_alone_and_a_wrong_password_is_tried_once() -> None:
    upstream = Upstream(lambda _: error(Reason.INVALID_CREDENTIALS))
    results = await collected(job(Lane(8, BUDGET)), upstream.items(100))
    assert upstream.calls == ["0"]
    assert reasons(results) == [Reason.INVALID_CREDENTIALS, *[Reason.NOT_ATTEMPTED] * 99]
    told = results[1].error
    assert told is not None
    assert told.because is results[0].error
    assert not told.retryable


async def test_items_that_are_not_sent_say_nothing_about_the_credentials() -> None:
    upstream = Upstream(lambda name: error(Reason.INVALID_REQUEST if name < "2" else Reason.INVALID_CREDENTIALS))
    results = await collected(job(Lane(8, BUDGET)), upstream.items(9))
    assert upstream.calls == ["0", "1", "2"]
    assert Counter(reasons(results))[Reason.NOT_ATTEMPTED] == 6


async def test_credentials_that_are_refused_later_are_tried_once_more_alone() -> None:
    upstream = Upstream(lambda name: error(Reason.INVALID_CREDENTIALS) if int(name) >= 20 else None)
    results = await collected(job(Lane(4, BUDGET)), upstream.items(1000))
    refused = Counter(reasons(results))[Reason.INVALID_CREDENTIALS]
    assert 2 <= refused <= 4 + 1, "those in flight together, and one alone"
    assert Counter(reasons(results))[None] == 20
    assert len(upstream.calls) == 20 + refused


async def test_odd_refusals_amid_successes_stop_nothing() -> None:
    odd = {str(number) for number in range(1, 1000) if number % 50 in {1, 2, 3}}
    upstream = Upstream(lambda name: error(Reason.ACCESS_DENIED) if name in odd else None)
    results = await collected(job(Lane(16, BUDGET)), upstream.items(1000))
    assert {result.item_id for result in results if result.error} == odd
    assert len(upstream.calls) == 1000


async def test_what_is_refused_just_now_waits_and_the_rest_goes_on() -> None:
    left = {"3": 3, "4": 1}

    def answer(name: str) -> FacadeError | None:
        left[name] = left.get(name, 0) - 1
        return error(Reason.UPSTREAM_OVERLOADED, retry_after=0.01) if left[name] >= 0 else None

    upstream = Upstream(answer)
    results = await collected(job(Lane(4, BUDGET)), upstream.items(50))
    assert reasons(results) == [None] * 50
    assert Counter(upstream.calls) == Counter(map(str, range(50))) + Counter({"3": 3, "4": 1})


async def test_what_the_item_itself_wants_again_is_run_again_after_a_pause() -> None:
    left = [2]

    def answer(_name: str) -> FacadeError | None:
        left[0] -= 1
        return error(Reason.OUTCOME_UNKNOWN) if left[0] >= 0 else None

    upstream = Upstream(answer)
    again = upstream.item("a", again=lambda _: True)
    assert reasons(await collected(job(Lane(4, BUDGET)), [again])) == [None]
    assert upstream.calls == ["a"] * 3


async def test_an_upstream_that_stays_away_is_given_up_and_found_again_by_trying() -> None:
    away = True

    def answer(_name: str) -> FacadeError | None:
        return error(Reason.UPSTREAM_UNREACHABLE) if away else None

    upstream = Upstream(answer)
    lane = Lane(4, patience=0.05)
    results = await collected(job(lane), upstream.items(2000))
    counted = Counter(reasons(results))
    assert set(counted) == {Reason.UPSTREAM_UNREACHABLE, Reason.NOT_ATTEMPTED}
    assert all(result.error is not None and result.error.retryable for result in results)
    assert len(upstream.calls) < 100, "not each item tries for itself"
    away = False
    await until(lambda: lane.unreachable() is None)
    assert reasons(await collected(job(lane), upstream.items(100))) == [None] * 100


async def test_when_the_time_is_over_each_item_says_what_became_of_it() -> None:
    upstream = Upstream(lambda name: error(Reason.UPSTREAM_OVERLOADED, retry_after=0.0) if int(name) > 9 else None)
    results = await collected(job(Lane(4, BUDGET), budget=0.3), upstream.items(100))
    counted = Counter(reasons(results))
    assert counted[None] == 10
    assert counted[Reason.UPSTREAM_OVERLOADED] >= 1
    assert counted[Reason.NOT_ATTEMPTED] == 100 - 10 - counted[Reason.UPSTREAM_OVERLOADED]
    never = {result.item_id for result in results if reasons([result]) == [Reason.NOT_ATTEMPTED]}
    assert never.isdisjoint(upstream.calls)


async def test_an_upstream_that_asks_for_more_time_than_there_is_is_not_waited_for() -> None:
    upstream = Upstream(lambda _: error(Reason.UPSTREAM_OVERLOADED, retry_after=1e6))
    results = await collected(job(Lane(4, BUDGET), budget=BUDGET / 2), upstream.items(20))
    assert reasons(results) == [Reason.UPSTREAM_OVERLOADED, *[Reason.NOT_ATTEMPTED] * 19]
    assert len(upstream.calls) == 1
