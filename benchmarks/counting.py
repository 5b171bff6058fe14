"""What metrics cost: a facade that counts beside one that does not, and the counting by itself.

python -m benchmarks.counting     this part alone
"""

import asyncio
import os
import statistics
import time
import timeit
from collections.abc import Callable

from benchmarks.measure import case, figures, spread
from benchmarks.operations import operations
from benchmarks.servers import FACADE, cores, started
from benchmarks.serving import lines, process
from facade.access.operations import FIELDS, OPERATIONS
from facade.meters import UNMETERED
from facade.metrics.labels import CALLS
from facade.metrics.metrics import Metrics
from facade.tally import Presence, SharedTally, Tally

ROUNDS = 7
TIMES, TRIES = 50_000, 7
PATIENT = {"FACADE_MAX_LATENESS": "3600"}  # nothing is refused, whoever else uses the machine
BUILD = "1", "3", "1"
WORKERS = 4


def counting(url: str, core: int) -> str:
    """Both tables."""
    rows = ["| operation | without, CPU µs | with, CPU µs | ratio |", "|---|--:|--:|--:|"]
    with (
        started(FACADE, url, core, **PATIENT, FACADE_METRICS="off") as off,
        started(FACADE, url, core, **PATIENT) as on,
    ):
        for operation in operations():
            cases = [case(off, operation), case(on, operation)]
            without: list[float] = []
            counted: list[float] = []
            for number in range(ROUNDS):
                turns = [(cases[0], without), (cases[1], counted)]
                for each, found in turns if number % 2 else reversed(turns):
                    found.append(figures(each, url).cpu)
            ratio = statistics.median(more / less for more, less in zip(counted, without, strict=True))
            cells = (spread(without), spread(counted), f"{ratio:.3f}")
            rows.append(f"| {operation.face} {operation.name} | {' | '.join(cells)} |")
    return "## What metrics cost\n\n" + "\n".join(rows) + "\n\n" + alone()


def alone() -> str:
    """Counting by itself: microseconds of a request with one upstream call, and milliseconds of a page."""
    with Presence() as presence:
        tallies = {"one process": Tally(), f"{WORKERS} workers": SharedTally(presence.file, 1, WORKERS)}
        rows = ["| counting by itself | a request and its call, µs | a page, ms |", "|---|--:|--:|"]
        for name, tally in tallies.items():
            metrics = Metrics(sorted(OPERATIONS), FIELDS, CALLS, BUILD, tally)
            more = recorded(metrics) - logged()
            begun = time.process_time()
            asyncio.run(metrics.page())
            rows.append(f"| {name} | {more:.2f} | {(time.process_time() - begun) * 1000:.1f} |")
    return "\n".join(rows)


def recorded(metrics: Metrics) -> float:
    """Microseconds of telling of a request and an upstream call."""
    ended = metrics.meters.finished("grpc")
    called = metrics.meters.upstream("publish")

    def tell() -> None:
        ended("/facade.v1.PublishService/PublishEvent", "id", 0.0, operation="PublishService/PublishEvent")
        called.ended("PublishEvent", 0.012, None)

    return best(tell)


def logged() -> float:
    """The same where nothing is counted: what the log takes."""
    ended = UNMETERED.finished("grpc")
    return best(lambda: ended("/facade.v1.PublishService/PublishEvent", "id", 0.0, operation="x"))


def best(work: Callable[[], None]) -> float:
    """Microseconds of CPU time, at best."""
    return min(timeit.repeat(work, timer=time.process_time, number=TIMES, repeat=TRIES)) / TIMES * 1e6


def main() -> None:
    """Measures and prints."""
    server_core, load_core = cores()
    os.sched_setaffinity(0, {load_core})
    with process("benchmarks.upstream", "0", core=load_core) as running:
        print(counting(f"http://127.0.0.1:{lines(running)[0]}", server_core))


if __name__ == "__main__":
    main()
