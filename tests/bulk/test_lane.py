"""A lane's places: never too many, the least served goes first, and nobody is kept waiting for ever."""

import asyncio
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.bulk import lane as lanes
from facade.bulk.lane import Lane
from facade.errors import Code, FacadeError, Reason
from tests.bulk.eager import PATIENCE, Eager
from tests.support import until

pytestmark = pytest.mark.anyio


def refusal(status: int, retry_after: float | None = None) -> FacadeError:
    return FacadeError(
        Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED, "busy", upstream_status=status, retry_after=retry_after
    )


def unreachable() -> FacadeError:
    return FacadeError(Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "away")


async def test_two_jobs_of_one_caller_take_turns_though_one_keeps_its_places() -> None:
    lane = Lane(1, PATIENCE)
    first, second = Eager(lane, "same"), Eager(lane, "same")
    assert first.share is second.share
    assert lane.take(first.share)
    lane.wait(first.share, first.granted)
    assert lane.keep(first.share, first.granted), "nobody else waits"
    lane.wait(second.share, second.granted)
    assert not lane.keep(first.share, first.granted)


async def test_a_higher_limit_is_used_though_no_place_is_given_back() -> None:
    lane = Lane(8, PATIENCE)
    job = Eager(lane, "a")
    job.start()
    assert job.held == 8
    lane.ended(job.share, time.monotonic(), refusal(503, retry_after=0.0), cut=False)
    for _ in range(8):
        job.give_back()
    assert job.held == 4, "half"
    for _ in range(100):
        lane.ended(job.share, time.monotonic(), None, cut=False)
    assert job.held == 8, "and all of it again, without any place given back"


async def test_a_thousand_places_are_granted_at_once() -> None:
    lane = Lane(2000, PATIENCE)
    jobs = [Eager(lane, name) for name in ("a", "b")]
    lane.ended(jobs[0].share, time.monotonic(), refusal(503, retry_after=0.001), cut=False)
    for job in jobs:
        job.start()
    await until(lambda: sum(job.held for job in jobs) == 1000)  # half of the limit
    assert [job.held for job in jobs] == [500, 500]


async def test_a_pause_of_one_caller_leaves_the_other_alone() -> None:
    lane = Lane(4, PATIENCE)
    log: list[str] = []
    slow, quick = Eager(lane, "slow", log), Eager(lane, "quick", log)
    lane.ended(slow.share, time.monotonic(), refusal(429, retry_after=PATIENCE), cut=False)
    slow.start()
    quick.start()
    assert (slow.held, quick.held) == (0, 4)
    assert lane.opens(quick.share) <= time.monotonic() < lane.opens(slow.share)


async def test_a_pause_of_all_ends_by_itself() -> None:
    lane = Lane(4, PATIENCE)
    jobs = [Eager(lane, name) for name in ("a", "b")]
    lane.ended(jobs[0].share, time.monotonic(), refusal(503, retry_after=0.05), cut=False)
    for job in jobs:
        job.start()
    assert not any(job.held for job in jobs)
    await until(lambda: sum(job.held for job in jobs) == 2)


async def test_a_pause_that_ends_while_the_lane_looks_is_not_slept_through(monkeypatch: pytest.MonkeyPatch) -> None:
    # A loop's timers are a millisecond early now and then; the clock then passes the pause's end between two readings.
    lane = Lane(4, PATIENCE)
    job = Eager(lane, "a")
    lane.ended(job.share, time.monotonic(), refusal(503, retry_after=0.05), cut=False)
    end = lane.opens(job.share)
    readings = iter([end - 0.001])
    monkeypatch.setattr(lanes, "time", SimpleNamespace(monotonic=lambda: next(readings, end + 0.001)))
    job.start()
    assert job.held == 0, "the pause was not over when it looked first"
    await until(lambda: job.held == 2)


async def test_whoever_withdraws_is_not_granted_a_place() -> None:
    lane = Lane(1, PATIENCE)
    holder, leaver, waiter = (Eager(lane, name) for name in ("a", "b", "c"))
    holder.wants = False
    for job in (holder, leaver, waiter):
        job.start()
    lane.withdraw(leaver.share, leaver.granted)
    lane.withdraw(leaver.share, leaver.granted)  # once is enough
    holder.give_back()
    assert (leaver.held, waiter.held) == (0, 1)


async def test_an_upstream_that_cannot_be_reached_is_given_time_then_a_call_now_and_then() -> None:
    lane = Lane(4, patience=0.01)
    share = lane.join("a")
    lane.ended(share, time.monotonic(), unreachable(), cut=False)
    assert not lane.hopeless()
    assert lane.unreachable() is None
    await until(lane.hopeless)
    lane.ended(share, time.monotonic(), unreachable(), cut=False)
    assert lane.unreachable() is not None
    await until(lambda: lane.unreachable() is None)  # the pause is over: one may try
    lane.ended(share, time.monotonic(), None, cut=False)
    assert not lane.hopeless()


async def test_an_outage_of_long_ago_says_nothing_about_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "FORGOTTEN", 0.02)
    lane = Lane(4, patience=0.001)
    share = lane.join("a")
    lane.ended(share, time.monotonic(), unreachable(), cut=False)
    before = time.monotonic()
    await until(lambda: time.monotonic() - before > 0.03)
    lane.ended(share, time.monotonic(), unreachable(), cut=False)
    assert not lane.hopeless(), "nobody has called in between: it may have been well for all that time"


@given(
    places=st.integers(1, 5),
    steps=st.lists(st.tuples(st.sampled_from(["back", "keep", "refuse", "answer", "late", "want"]), st.integers(0, 2))),
)
def test_never_more_than_the_limit_in_flight_and_none_idle_while_somebody_waits(
    places: int, steps: list[tuple[str, int]]
) -> None:
    async def run() -> None:
        lane = Lane(places, PATIENCE)
        jobs = [Eager(lane, name) for name in ("a", "a", "b")]
        for job in jobs:
            job.start()
        for step, number in steps:
            do(step, lane, jobs[number])
            held = sum(job.held for job in jobs)
            assert held <= places
            assert held >= min(1, places), "all wait, and there is no pause"

    asyncio.run(run())


def do(step: str, lane: Lane, job: Eager) -> None:
    """One thing that can happen to a job."""
    late = FacadeError(Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT, "late")
    actions: dict[str, Callable[[], object]] = {
        "back": job.give_back,
        "keep": lambda: lane.keep(job.share, job.granted),
        "refuse": lambda: lane.ended(job.share, time.monotonic(), refusal(503, retry_after=0.0), cut=False),
        "answer": lambda: lane.ended(job.share, time.monotonic(), None, cut=False),
        "late": lambda: lane.ended(job.share, time.monotonic(), late, cut=False),
        "want": lambda: None,
    }
    if step == "want" or job.held:
        actions[step]()
