"""`python -m benchmarks.overload`: five times as many requests as the facade can serve, and an upstream that hangs.

Prints for each face the most that it serves on some connections (peak); what it serves of five times as many on the
same ones, and how long those that it refuses wait; and after how long half of the peak is served again without a
refusal. Then the latency of events while five hundred calls to another upstream hang, beside that without them. All of
it is on loopback, one core for the facade and one for load and upstreams. gRPC is measured a second time, in which its
own threads may run on both. A measurement takes about 30 seconds, or 80 with `--long`.
"""

import argparse
import asyncio
import math
import os
import statistics
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from benchmarks.answers import LIST
from benchmarks.flood import AT_ONCE, End, awake, offered, opened, peak
from benchmarks.operations import Operation, graphql, operations
from benchmarks.servers import FACADE, Server, cores, started
from benchmarks.serving import lines, process

DELAY = 10  # milliseconds that the upstream takes
AFTER = 6.0
CONNECTIONS = {"gRPC": 100, "GraphQL": 1000}  # a client of gRPC has all its calls on one
WINDOW = 0.25  # seconds; served again is a window with hardly a refusal
TIMES = 5
BESIDE = 64  # connections beside those that hang
HUNG = 500  # calls; fewer than FACADE_UPSTREAM_CONCURRENCY
RATE = 100  # requests a second beside them
ROUNDS, ROUND = 3, 2.0  # seconds of each
SETTLED = 1.0  # seconds until the calls hang, for the last answers, and for calls that were given up
LISTS = 8
MOST = 20_000  # requests a second that are offered


def lists() -> Operation:
    """Several lists of a hundred users: a request that takes milliseconds, of which the load can make enough."""
    fields = " ".join(f"list{each}: users(first: 100) {{ nodes {{ mail cn sn developer }} }}" for each in range(LISTS))
    return replace(graphql("users", f"{{ {fields} }}", {}, {}, ("GET", LIST, b"")), name="lists")


def recovery(ends: Sequence[End], since: float) -> float:
    """Seconds from `since` until hardly a request is refused any more."""
    for window in range(round(AFTER / WINDOW) - 1):
        begin = since + window * WINDOW
        those = [end for end in ends if begin <= end.due < begin + WINDOW]
        if those and sum(end.good for end in those) >= 0.99 * len(those):
            return window * WINDOW
    return AFTER


def percentile(values: Sequence[float], part: int) -> float:
    """Milliseconds below which so many of a hundred values are."""
    return statistics.quantiles(values, n=100)[part - 1] * 1000 if len(values) > 1 else 0.0


async def hung(address: str, operation: Operation) -> None:
    """Measures an operation while hundreds of calls to another upstream hang, and while none does, in turns."""
    [stuck] = [each for each in operations() if each.face == operation.face and each.name in {"GetUser", "user"}]
    alone: list[float] = []
    beside: list[float] = []
    for turn in range(ROUNDS + 1):
        for found, hanging in ((alone, 0), (beside, HUNG)):
            held = await opened(address, stuck, hanging, deadline=math.inf)
            load = await opened(address, operation, BESIDE)
            for _ in range(hanging):
                held.send(time.monotonic())
            await asyncio.sleep(SETTLED)
            await offered(load, RATE, ROUND)
            await asyncio.sleep(SETTLED)
            if turn:  # the first warms up
                found += [end.seconds for end in load.ends if end.good]
            held.close()
            load.close()
            await asyncio.sleep(SETTLED)
    print(
        f"{operation.name:12} at {RATE}/s: p50 {percentile(alone, 50):.1f} ms, p99 {percentile(alone, 99):.1f} ms; "
        f"while {HUNG} calls hang: p50 {percentile(beside, 50):.1f} ms, p99 {percentile(beside, 99):.1f} ms "
        f"({percentile(beside, 99) / percentile(alone, 99):.2f} x); {len(alone)} and {len(beside)} calls served"
    )


async def overloaded(server: Server, operation: Operation, seconds: float, connections: int, *, beside: bool) -> None:
    """Measures one face; `beside` is whether gRPC's threads have what the load leaves of its core: it sleeps, then."""
    async with awake() if not beside else nullcontext():
        load = await opened(server.addresses[operation.face], operation, connections)
        await peak(load, AT_ONCE[0])  # logs in and warms up
        best = max([await peak(load, each) for each in AT_ONCE])
        load.given_up = load.missed = load.lost = 0
        load.ends.clear()
        begun = time.monotonic()
        rate = min(TIMES * best, MOST)
        await offered(load, rate, seconds)
        over = time.monotonic()
    await offered(load, best / 2, AFTER)
    await asyncio.sleep(1)
    ends = load.ends
    flood = [end for end in ends if begun + 1 <= end.due < over]
    served = [end.seconds for end in flood if end.good]
    refused = [end.seconds for end in flood if not end.good]
    goodput = len(served) / (over - begun - 1)
    print(
        f"{operation.name:12} peak {best:5.0f}/s; offered {rate:5.0f}/s on {connections} connections "
        f"({load.missed / (rate * seconds):.0%} found none){', gRPC beside' if beside else ''}: "
        f"served {goodput:5.0f}/s ({goodput / best:.0%}), p50 {percentile(served, 50):.0f} ms, p99 "
        f"{percentile(served, 99):.0f} ms; refused {len(refused) / (over - begun - 1):.0f}/s, p50 "
        f"{percentile(refused, 50):.0f} ms, p99 {percentile(refused, 99):.0f} ms; "
        f"{load.given_up} given up; served again after {recovery(ends, over):.2f} s; {load.lost} connections lost",
        flush=True,
    )
    load.close()


def spread(pid: int, both: set[int]) -> None:
    """Lets gRPC's own threads run on both cores, as they do where there is more than one; Python stays on its core."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text(encoding="ascii").strip() == "event_engine":
            os.sched_setaffinity(int(task.name), both)


def main() -> None:
    """Measures both faces."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.overload")
    asked.add_argument("--long", action="store_true", help="a minute of overload instead of ten seconds")
    asked.add_argument("names", nargs="*", default=["ListUsers", "users", "lists"], help="operations")
    asked.add_argument("--connections", type=int, help="of the clients; their number costs, too")
    asked.add_argument("--beside", nargs="*", default=["PublishEvent", "publishEvent"], help="while others hang")
    given = asked.parse_args()
    seconds, names = 60.0 if given.long else 10.0, given.names
    server_core, load_core = cores()
    os.sched_setaffinity(0, {load_core})
    with process("benchmarks.upstream", str(DELAY), core=load_core) as upstream:
        [port] = lines(upstream)[:1]
        for operation in (*operations(), lists()):
            if operation.name not in names:
                continue
            for beside in (False, True) if operation.face == "gRPC" else (False,):
                with started(FACADE, f"http://127.0.0.1:{port}", server_core) as server:
                    if beside:
                        spread(server.pid, {server_core, load_core})
                    connections = given.connections or CONNECTIONS[operation.face]
                    asyncio.run(overloaded(server, operation, seconds, connections, beside=beside))
        with process("benchmarks.upstream", "3600000", core=load_core) as hanging:
            url = f"http://127.0.0.1:{lines(hanging)[0]}"
            for operation in operations():
                if operation.name in given.beside:
                    with started(FACADE, f"http://127.0.0.1:{port}", server_core, FACADE_BPM_URL=url) as server:
                        asyncio.run(hung(server.addresses[operation.face], operation))


if __name__ == "__main__":
    main()
