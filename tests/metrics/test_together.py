"""What several processes count, made into one: here in one process, with memory that they share."""

import pytest

from facade.access.operations import FIELDS, OPERATIONS
from facade.metrics.labels import UPSTREAMS
from facade.metrics.metrics import Metrics
from facade.metrics.sampler import Seen
from facade.tally import Presence, SharedTally
from tests.metrics.reading import Readings

pytestmark = pytest.mark.anyio


def worker(presence: Presence, number: int) -> Metrics:
    """The metrics of one of two."""
    tally = SharedTally(presence.file, number, 2)
    return Metrics(sorted(OPERATIONS), FIELDS, UPSTREAMS, ("1.0", "3.11", "1.85"), tally)


def seen(in_flight: int, *, up: bool) -> Seen:
    """So many requests, and whether BPM is up; the others are."""
    upstreams = {name: lambda name=name: (up or name != "bpm", not up and name == "bpm") for name in UPSTREAMS}
    return Seen(lambda: in_flight, lambda: 10 * in_flight, upstreams)


async def test_counters_and_histograms_are_added_up_and_gauges_as_they_mean() -> None:
    with Presence() as presence:
        one, two = worker(presence, 1), worker(presence, 2)
        for metrics, times in ((one, 1), (two, 2)):
            ended = metrics.meters.finished("grpc")
            for _ in range(times):
                ended("x", "id", 0.0, operation="TicketService/UpdateTicket")
                metrics.meters.upstream("bpm").ended("GetUser", 0.2 * times, None)
        async with one.watching(seen(3, up=True)), two.watching(seen(4, up=False)):
            [found, other] = [Readings(metrics.families()) for metrics in (one, two)]
        assert found.values.keys() == other.values.keys()
        assert found.sum("facade_requests_total") == other.sum("facade_requests_total") == 3
        assert found.sum("facade_upstream_call_duration_seconds_count") == 3
        assert found.sum("facade_upstream_call_duration_seconds_sum") == pytest.approx(1.0)
        assert found.sum("facade_upstream_call_duration_seconds_bucket", le="0.25") == 1
        assert (found.sum("facade_requests_in_flight"), found.sum("facade_sessions")) == (7, 70)
        assert (found.sum("facade_workers"), found.sum("facade_build_info")) == (2, 1)
        assert found.sum("facade_upstream_up", upstream="bpm") == 0
        assert found.sum("facade_upstream_up", upstream="token") == 1
        assert found.sum("facade_upstream_breakers_open", upstream="bpm") == 1


async def test_of_one_that_has_ended_the_counters_stay_and_the_gauges_go() -> None:
    with Presence() as presence:
        one, two = worker(presence, 1), worker(presence, 2)
        two.meters.login("ok")
        async with one.watching(seen(3, up=True)), two.watching(seen(4, up=False)):
            pass
        presence.ended(2)
        found = Readings(one.families())
        assert found.sum("facade_logins_total", outcome="ok") == 1
        assert (found.sum("facade_requests_in_flight"), found.sum("facade_workers")) == (3, 1)
        assert found.sum("facade_upstream_up", upstream="bpm") == 1

        again = worker(presence, 2)
        again.meters.login("ok")
        found = Readings(one.families())
        assert found.sum("facade_logins_total", outcome="ok") == 2
        assert (found.sum("facade_requests_in_flight"), found.sum("facade_workers")) == (3, 1), "it does not serve yet"
        assert found.sum("facade_upstream_up", upstream="bpm") == 1
