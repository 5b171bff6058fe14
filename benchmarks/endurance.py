"""Whether memory grows, and how long the start takes."""

import asyncio
import statistics

from benchmarks.load import Run, measured
from benchmarks.measure import case
from benchmarks.operations import operations
from benchmarks.servers import FACADE, started

STEP = 20_000  # requests
STEPS = 10
STARTS = 5


def endurance(url: str, core: int) -> str:
    """Memory after 20,000 and after 200,000 requests of all operations in turn, and the time of some starts."""
    after: list[int] = []
    with started(FACADE, url, core) as server:
        cases = [case(server, each) for each in operations()]
        for _ in range(STEPS):
            for each in cases:
                run = Run(each.operation.wire, each.operation.requests, each.body.__eq__, STEP // len(cases))
                asyncio.run(measured(server.addresses[each.operation.face], run))
            after.append(server.memory())
    starts = []
    for _ in range(STARTS):
        with started(FACADE, url, core) as server:
            starts.append(server.start)
    growth = after[-1] / after[0] - 1
    return (
        "## Memory and start\n\n"
        f"After {STEP:,} requests {after[0] / 2**20:.1f} MiB, after {STEP * STEPS:,} {after[-1] / 2**20:.1f} MiB: "
        f"{growth:+.1%}. From start to ready {statistics.median(starts):.2f} s "
        f"({min(starts):.2f} to {max(starts):.2f})."
    )
