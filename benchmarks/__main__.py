"""What the facade costs beside others: `python -m benchmarks`.

Starts an upstream, the facade and the servers that it is compared with, and measures them in turn, round after round:
CPU time of the serving process, rate, latency, upstream calls and memory. The servers have one core, the load and the
upstream the other. Ratios are of the same round, so that the machine's speed, and whoever else uses it, cancel out.

    python -m benchmarks [--rounds N] [--write]     --write: the tables go to benchmarks/results.md
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import nginx as compiled
from benchmarks.baselines import node
from benchmarks.counting import counting
from benchmarks.endurance import endurance
from benchmarks.latency import added
from benchmarks.measure import Case, Figures, case, figures
from benchmarks.operations import Operation, operations
from benchmarks.report import about, table, totals
from benchmarks.servers import FACADE, Kind, Server, all_started, cores, python
from benchmarks.serving import lines, process
from benchmarks.traces import traced

RESULTS = Path(__file__).parent / "results.md"


def kinds() -> list[Kind]:
    """All servers that can run here; the facade first."""
    found = [
        FACADE,
        python("null gRPC", "null_grpc", "gRPC"),
        python("one day, gRPC", "one_day_grpc", "gRPC"),
        python("null ASGI", "null_asgi", "GraphQL"),
        python("one day, GraphQL", "one_day_graphql", "GraphQL"),
    ]
    peers = node.commands()
    if isinstance(peers, str):
        print(f"graphql-yoga: {peers}", file=sys.stderr)
        return found
    return found + [Kind(f"yoga, {name}", command, frozenset({"GraphQL"})) for name, command in peers.items()]


@contextmanager
def upstream(core: int) -> Iterator[str]:
    """nginx, or our own small server where there is none."""
    if compiled.available():
        with compiled.nginx() as url:
            yield url
    else:
        print("nginx is not installed: the upstream is benchmarks.upstream", file=sys.stderr)
        with process("benchmarks.upstream", "0", core=core) as running:
            yield f"http://127.0.0.1:{lines(running)[0]}"


def fits(server: Server, operation: Operation) -> bool:
    """Whether the server has the operation; the bare ASGI application has one answer alone."""
    return operation.face in server.kind.faces and (server.kind.name != "null ASGI" or operation.name == "publishEvent")


def measured(rounds: int, chosen: list[Kind], url: str, core: int) -> dict[tuple[str, str], list[Figures]]:
    """The figures of all rounds, by operation and server."""
    found: dict[tuple[str, str], list[Figures]] = {}
    with all_started(chosen, url, core) as servers:
        cases: list[Case] = [case(server, each) for each in operations() for server in servers if fits(server, each)]
        for number in range(rounds + 1):  # the first is not counted: Node compiles what is called often
            print(f"round {number} of {rounds}", file=sys.stderr)
            for each in cases:
                told = figures(each, url)
                if number:
                    found.setdefault((each.operation.name, each.server.kind.name), []).append(told)
    return found


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"write the tables to {RESULTS.name}")
    options = parser.parse_args()
    chosen = kinds()
    server_core, load_core = cores()
    os.sched_setaffinity(0, {load_core})
    with upstream(load_core) as url:
        found = measured(options.rounds, chosen, url, server_core)
        traces = traced(url, server_core, load_core)
        lasting = endurance(url, server_core)
        counted = counting(url, server_core)
    told = about(datetime.now(UTC)), table(found), totals(found), traces
    parts = [*told, added(server_core, load_core), lasting, counted]
    text = "\n\n".join(parts) + "\n"
    print(text)
    if options.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
