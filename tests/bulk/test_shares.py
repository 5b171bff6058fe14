"""Fairness: the least served goes first, and nobody saves up more than the head start."""

import time
from collections import Counter

import pytest

from facade.bulk.lane import Lane
from facade.bulk.shares import HEAD_START, MOST_KEPT, Shares
from tests.bulk.eager import PATIENCE, Eager, turns

pytestmark = pytest.mark.anyio


async def test_a_place_goes_to_whoever_has_been_served_least() -> None:
    lane = Lane(2, PATIENCE)
    log: list[str] = []
    jobs = [Eager(lane, name, log) for name in ("a", "b", "c")]
    for job in jobs:
        job.start()
    counted = Counter(turns(jobs, 300, log))
    assert all(98 <= counted[job.caller] <= 102 for job in jobs), "two had a place at the start already"


async def test_a_newcomer_goes_first_for_as_long_as_the_head_start_lasts() -> None:
    lane = Lane(4, PATIENCE)
    log: list[str] = []
    large = Eager(lane, "large", log)
    large.start()
    turns([large], 5 * HEAD_START, log)
    small = Eager(lane, "small", log)
    small.start()
    assert Counter(turns([large, small], HEAD_START - 10, log))["large"] == 0
    assert Counter(turns([large, small], HEAD_START, log))["large"] > HEAD_START / 3


def test_callers_without_number_do_not_fill_the_memory() -> None:
    """As long as one job goes on; each caller's own has ended."""
    shares = Shares()
    shares.join("one who streams", 1)
    for number in range(10 * MOST_KEPT):
        share = shares.join(number, 1)
        shares.serve(share)
        shares.leave(share)
    assert len(shares) <= 2 * MOST_KEPT + 1


@pytest.mark.parametrize("idle", ["with a job that asks for nothing", "paused by the upstream"])
async def test_nobody_saves_up_more_than_the_head_start(idle: str) -> None:
    lane = Lane(4, PATIENCE)
    log: list[str] = []
    large, other = Eager(lane, "large", log), Eager(lane, "other", log)
    if idle.startswith("paused"):
        other.share.pace.resumes = time.monotonic() + PATIENCE
        other.start()
    large.start()
    turns([large], 20 * HEAD_START, log)
    if idle.startswith("paused"):
        other.share.pace.resumes = 0.0
    else:
        other.start()
    after = Counter(turns([large, other], 3 * HEAD_START, log))
    assert after["large"] > HEAD_START / 2, "twenty times the head start must not hold up the other for as long"
