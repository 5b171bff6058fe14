"""Three replicas behind Envoy under load, of which one is killed and one drained: a short `benchmarks.replicas`."""

from pathlib import Path

import pytest

from benchmarks.replicas.__main__ import summary
from benchmarks.replicas.scenario import failover
from tests.deploy.edge import needed

pytestmark = [pytest.mark.anyio, needed]

CALLERS = 6
CALLS = 300
NEARLY = 0.3  # the long one counts more calls, and is stricter


async def test_a_drained_replica_costs_no_call_and_a_killed_one_only_those_in_flight(tmp_path: Path) -> None:
    seen = await failover(tmp_path, callers=CALLERS, calls=CALLS)
    told = summary(seen)
    assert seen.unexplained == [], told
    assert {call.end for call in seen.failed} <= {"UNAVAILABLE"}, told
    assert not any(call.again for call in seen.failed), "a write may have taken effect"
    assert not any(call.face == "gRPC" and not call.write for call in seen.failed), "reads are sent again"
    assert seen.status == 0, told
    assert seen.events, told
    assert seen.twice == [], told
    assert seen.uneven < NEARLY, told
