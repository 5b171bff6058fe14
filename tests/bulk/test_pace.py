"""Pace: halved when the upstream is behind, restored step by step; pauses as asked, or growing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.bulk.pace import FIRST_PAUSE, LONGEST_OBEYED, LONGEST_PAUSE, Pace


def after(pace: Pace) -> float:
    """Seconds until calls go on."""
    return pace.resumes - time.monotonic()


def test_all_places_are_there_at_first_and_at_once() -> None:
    pace = Pace(32)
    assert pace.limit == 32
    assert after(pace) <= 0


def test_a_refusal_halves_it_and_those_of_the_same_round_do_not_count_again() -> None:
    pace = Pace(32)
    started = time.monotonic()
    for _ in range(32):
        pace.refused(started, retry_after=0.0)
    assert pace.limit == 16
    pace.refused(time.monotonic() + 1, retry_after=0.0)
    assert pace.limit == 8


def test_each_limit_s_worth_of_answers_raises_it_by_one() -> None:
    pace = Pace(32)
    pace.slow_down(time.monotonic())
    for limit in range(16, 32):
        assert pace.limit == limit
        for _ in range(limit + 1):
            pace.answered()
    assert pace.limit == 32


@given(st.lists(st.sampled_from(["answered", "refused", "late"])), st.integers(1, 64))
def test_it_stays_between_one_and_what_it_may_be(events: list[str], most: int) -> None:
    pace = Pace(most)
    for event in events:
        if event == "answered":
            pace.answered()
        elif event == "refused":
            pace.refused(time.monotonic() + 1, retry_after=0.0)
        else:
            pace.slow_down(time.monotonic() + 1)
        assert 1 <= pace.limit <= most
    for _ in range(most * most):
        pace.answered()
    assert pace.limit == most


@pytest.mark.parametrize(("asked", "obeyed"), [(7.0, 7.0), (1e9, LONGEST_OBEYED)])
def test_a_pause_is_as_long_as_the_upstream_asks_within_reason(asked: float, obeyed: float) -> None:
    pace = Pace(4)
    pace.refused(time.monotonic(), asked)
    assert obeyed - 1 < after(pace) <= obeyed


def test_a_shorter_pause_does_not_cut_a_longer_one_short() -> None:
    pace = Pace(4)
    pace.refused(time.monotonic(), 50.0)
    pace.refused(time.monotonic(), 1.0)
    assert after(pace) > 40


def test_pauses_that_are_not_asked_for_grow_and_shrink_again() -> None:
    def pause(pace: Pace) -> float:
        pace.resumes = 0.0
        pace.refused(time.monotonic() + 1, None)
        return after(pace)

    pace = Pace(4)
    pauses = [pause(pace) for _ in range(10)]
    assert 0 < pauses[0] <= 2 * FIRST_PAUSE
    assert LONGEST_PAUSE / 4 < pauses[-1] <= LONGEST_PAUSE
    pace.answered()
    assert pause(pace) <= 2 * FIRST_PAUSE
