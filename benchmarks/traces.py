"""What traces cost: `python -m benchmarks.traces`. The facade with every request recorded, in terms of one without.

Both run at the same time, on one core, and are measured in turn, so that ratios are of the same round. The collector
takes what it is sent and looks at nothing.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Sequence

from benchmarks.measure import Case, Figures, case, figures, ratio, spread
from benchmarks.operations import operations
from benchmarks.servers import FACADE, cores, started
from benchmarks.serving import lines, process
from benchmarks.upstream import TRACES

ROUNDS = 7
PATIENT = {"FACADE_MAX_LATENESS": "60"}  # whoever else is on the core must not have requests refused
Pair = tuple[Figures, Figures]


def traced(url: str, core: int, load_core: int, rounds: int = ROUNDS) -> str:
    """The section about traces. The upstreams are at `url`; the facades get `core`, the collector the other."""
    with (
        process("benchmarks.upstream", "0", core=load_core) as collector,
        started(FACADE, url, core, **PATIENT) as plain,
        started(FACADE, url, core, FACADE_TRACES_ENDPOINT=endpoint(lines(collector)[0]), **PATIENT) as recorded,
    ):
        cases = [(case(plain, each), case(recorded, each)) for each in operations()]
        found: list[list[Pair]] = [[] for _ in cases]
        for number in range(rounds):
            print(f"traces, round {number + 1} of {rounds}", file=sys.stderr)
            for pairs, both in zip(found, cases, strict=True):
                pairs.append(pair(both, url, number))
    told = [row(each[0].operation.name, pairs) for each, pairs in zip(cases, found, strict=True)]
    head = "| operation | CPU µs without | with | ratio | p50 ms without | with |\n|---|--:|--:|--:|--:|--:|"
    about = "All requests recorded, each with the spans of itself and of its upstream calls. Ratios of the same round."
    return "\n".join(["## Traces\n", f"{about}\n", head, *told])


def endpoint(port: str) -> str:
    """Where the collector is."""
    return f"http://127.0.0.1:{port}{TRACES.decode()}"


def pair(both: tuple[Case, Case], url: str, number: int) -> Pair:
    """One round: without and with, now this one first and then that one."""
    plain, recorded = both
    if number % 2:
        first = figures(recorded, url)
        return figures(plain, url), first
    return figures(plain, url), figures(recorded, url)


def row(name: str, pairs: Sequence[Pair]) -> str:
    """A line of the table."""
    plain, recorded = [each.cpu for each, _ in pairs], [each.cpu for _, each in pairs]
    times = [f"{statistics.median(each.p50 for each in column):.1f}" for column in zip(*pairs, strict=True)]
    cells = [name, spread(plain), spread(recorded), f"{ratio(recorded, plain):.2f}", *times]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.traces")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    server_core, load_core = cores()
    os.sched_setaffinity(0, {load_core})
    with process("benchmarks.upstream", "0", core=load_core) as upstream:
        url = f"http://127.0.0.1:{lines(upstream)[0]}"
        print(traced(url, server_core, load_core, options.rounds))


if __name__ == "__main__":
    main()
