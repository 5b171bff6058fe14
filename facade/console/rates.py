"""Rates and percentiles of the time between two readings."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from facade.console.readings import Totals

QUANTILES = (0.5, 0.95, 0.99)
NOTHING = Totals()


@dataclass(frozen=True, slots=True)
class Point:
    """A series between two readings.

    Attributes:
        calls: how many ended.
        failed: how many of them failed.
        seconds: the QUANTILES of what they took, or None where none ended.

    """

    calls: float
    failed: float
    seconds: tuple[float, float, float] | None


def point(before: Totals, after: Totals) -> Point:
    """What happened between two readings of a series. A counter that began anew says nothing until it has grown."""
    calls = max(after.ended - before.ended, 0.0)
    failed = min(max(after.failed - before.failed, 0.0), calls)
    buckets = {bound: max(count - before.buckets.get(bound, 0.0), 0.0) for bound, count in after.buckets.items()}
    low, middle, high = (quantile(each, buckets) for each in QUANTILES)
    if low is None or middle is None or high is None:
        return Point(calls, failed, None)
    return Point(calls, failed, (low, middle, high))


def quantile(which: float, buckets: Mapping[float, float]) -> float | None:
    """The quantile of a histogram with cumulative buckets, by their upper bounds; None where it is empty.

    As Prometheus' histogram_quantile does it: evenly spread within a bucket, and at most the highest finite bound.
    """
    ordered = sorted(buckets.items())
    if not ordered or ordered[-1][1] <= 0:
        return None
    rank = which * ordered[-1][1]
    lower, below = 0.0, 0.0
    for bound, count in ordered:
        if count >= rank:
            if math.isinf(bound):
                return lower
            share = (rank - below) / (count - below) if count > below else 1.0
            return lower + (bound - lower) * share
        lower, below = bound, max(below, count)
    return lower
