"""Percentiles and rates of what happened between two readings."""

import math

import pytest

from facade.console.rates import point, quantile
from facade.console.readings import Totals

BUCKETS = {0.1: 10.0, 0.5: 90.0, 1.0: 100.0, math.inf: 100.0}


@pytest.mark.parametrize(("which", "seconds"), [(0.05, 0.05), (0.5, 0.3), (0.9, 0.5), (0.95, 0.75), (1.0, 1.0)])
def test_a_quantile_lies_evenly_within_its_bucket(which: float, seconds: float) -> None:
    assert quantile(which, BUCKETS) == pytest.approx(seconds)


def test_what_took_longer_than_all_bounds_is_told_as_the_highest_of_them() -> None:
    assert quantile(0.99, {0.1: 1.0, 1.0: 1.0, math.inf: 100.0}) == 1.0


@pytest.mark.parametrize("buckets", [{}, {0.1: 0.0, math.inf: 0.0}])
def test_where_nothing_happened_there_is_no_quantile(buckets: dict[float, float]) -> None:
    assert quantile(0.5, buckets) is None


def test_only_what_came_between_counts() -> None:
    before = Totals(100, 10, {0.1: 100.0, 1.0: 100.0, math.inf: 100.0})
    after = Totals(104, 11, {0.1: 100.0, 1.0: 104.0, math.inf: 104.0})
    happened = point(before, after)
    assert (happened.calls, happened.failed) == (4, 1)
    assert happened.seconds == pytest.approx((0.55, 0.955, 0.991))


def test_counters_that_began_anew_say_nothing() -> None:
    happened = point(Totals(100, 10, {math.inf: 100.0}), Totals(3, 1, {math.inf: 3.0}))
    assert (happened.calls, happened.failed, happened.seconds) == (0, 0, None)
