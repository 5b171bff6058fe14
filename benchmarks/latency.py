"""What the facade adds to an upstream that takes 4 ms, at half of the load that it can bear."""

import asyncio
import statistics

from benchmarks import http1
from benchmarks.load import Run, measured
from benchmarks.measure import case
from benchmarks.operations import CALLERS, Operation, operations
from benchmarks.servers import FACADE, Server, started
from benchmarks.serving import lines, process

DELAY = "4"  # milliseconds
ROUNDS = 9  # a neighbour on the machine can slow down several in a row
COOKIE = "cookie: access_token=token-of-nobody\r\n"
SECONDS = 3


def added(server_core: int, load_core: int) -> str:
    """The table."""
    rows = ["| operation | rate | p99 direct, ms | p99 through facade, ms | added, ms |", "|---|--:|--:|--:|--:|"]
    with process("benchmarks.upstream", DELAY, core=load_core) as running:
        port = lines(running)[0]
        with started(FACADE, f"http://127.0.0.1:{port}", server_core) as server:
            rows += [row(server, operation, f"127.0.0.1:{port}") for operation in operations()]
    return f"## Latency added to an upstream of {DELAY} ms, at half of peak load\n\n" + "\n".join(rows)


def row(server: Server, operation: Operation, upstream: str) -> str:
    """An operation's row: direct and through the facade in turn."""
    found = case(server, operation)
    address = server.addresses[operation.face]
    peak = Run(operation.wire, operation.requests, found.body.__eq__, found.count)
    asyncio.run(measured(address, peak))
    rate = found.count / peak.seconds / 2
    count = round(rate * SECONDS)
    direct, through = [], []
    for _ in range(ROUNDS):
        direct.append(p99(upstream, Run(http1.Http1, plain(operation), bool, count, rate)))
        through.append(p99(address, Run(operation.wire, operation.requests, found.body.__eq__, count, rate)))
    more = statistics.median(ours - theirs for ours, theirs in zip(through, direct, strict=True))
    cells = (f"{statistics.median(direct):.1f}", f"{statistics.median(through):.1f}", f"{more:.1f}")
    return f"| {operation.face} {operation.name} | {rate:.0f} | {' | '.join(cells)} |"


def p99(address: str, run: Run) -> float:
    """Milliseconds that one answer in a hundred takes longer than."""
    asyncio.run(measured(address, run))
    return statistics.quantiles(run.latencies, n=100)[98] * 1000


def plain(operation: Operation) -> list[bytes]:
    """The upstream's own calls, as the facade would make them; with a token, which the others do not mind."""
    method, path, body = operation.direct
    return [http1.request(method, path, caller, body, more=COOKIE) for caller in CALLERS]
