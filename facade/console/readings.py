"""What the metrics say at one moment, as far as the console shows it."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample

Key = tuple[str, str]  # of a series: ("", "") all requests, ("upstream", its name), or a face and an operation
ALL: Key = ("", "")
UPSTREAM = "upstream"
GAUGES = {
    "facade_requests_in_flight": "inFlight",
    "facade_event_loop_lag_seconds": "lag",
    "facade_sessions": "sessions",
    "facade_workers": "workers",
    "process_resident_memory_bytes": "memory",
}


@dataclass(slots=True)
class Totals:
    """What has been counted of one series since the start.

    Attributes:
        ended: how many have ended.
        failed: how many of them with another code than OK.
        buckets: how many took at most so many seconds, by these seconds.

    """

    ended: float = 0.0
    failed: float = 0.0
    buckets: dict[float, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """All series, and what goes up and down: see GAUGES; and whether each upstream is up."""

    series: dict[Key, Totals]
    gauges: dict[str, float]
    up: dict[str, bool]


async def read(families: Iterable[Metric]) -> Reading:
    """A reading. Requests go on between two metrics."""
    reading = Reading({}, {}, {})
    for family in families:
        take(reading, family)
        await asyncio.sleep(0)
    return reading


def take(reading: Reading, family: Metric) -> None:
    """Adds what a metric says."""
    match family.name:
        case "facade_requests" | "facade_upstream_calls":
            for sample in family.samples:
                add_ended(reading.series, sample)
        case "facade_request_duration_seconds" | "facade_upstream_call_duration_seconds":
            for sample in family.samples:
                add_duration(reading.series, sample)
        case "facade_upstream_up":
            for sample in family.samples:
                reading.up[sample.labels["upstream"]] = bool(sample.value)
        case name if name in GAUGES:
            for sample in family.samples:
                reading.gauges[GAUGES[name]] = sample.value


def keys(labels: Mapping[str, str]) -> tuple[Key, ...]:
    """The series that a number with these labels belongs to."""
    if "upstream" in labels:
        return ((UPSTREAM, labels["upstream"]),)
    return ALL, (labels["face"], labels["operation"])


def add_ended(series: dict[Key, Totals], sample: Sample) -> None:
    """Adds how many have ended with one code and reason."""
    if not sample.name.endswith("_total"):
        return
    for key in keys(sample.labels):
        totals = series.setdefault(key, Totals())
        totals.ended += sample.value
        if sample.labels["code"] != "OK":
            totals.failed += sample.value


def add_duration(series: dict[Key, Totals], sample: Sample) -> None:
    """Adds one bucket."""
    if not sample.name.endswith("_bucket"):
        return
    bound = float(sample.labels["le"])
    for key in keys(sample.labels):
        buckets = series.setdefault(key, Totals()).buckets
        buckets[bound] = buckets.get(bound, 0.0) + sample.value
