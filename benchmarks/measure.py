"""One measurement: a number of requests to one server, and what they cost it."""

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load import CONNECTIONS, Run, measured
from benchmarks.nginx import asked
from benchmarks.operations import CALLERS, Operation
from benchmarks.servers import Server

SECONDS = 1.0  # of CPU time that a measurement is to take: the clock ticks a hundred times in it
FEWEST, MOST = 300, 6000  # requests


@dataclass(frozen=True)
class Figures:
    """What a measurement led to.

    Attributes:
        cpu: microseconds of the server's CPU time a request.
        rate: requests a second.
        p50: milliseconds from request to answer, the median.
        p99: the same, of which one in a hundred takes longer.
        calls: upstream calls a request.
        memory: MiB that the server has in memory afterwards.

    """

    cpu: float
    rate: float
    p50: float
    p99: float
    calls: float
    memory: float


@dataclass(frozen=True)
class Case:
    """An operation at a server.

    Attributes:
        server: the server.
        operation: the operation.
        body: the answer that is right, byte for byte.
        count: requests of a measurement.

    """

    server: Server
    operation: Operation
    body: bytes
    count: int


def case(server: Server, operation: Operation) -> Case:
    """A case whose first answer has been looked at, whose callers are logged in, and whose server is warm."""
    address = server.addresses[operation.face]
    first: list[bytes] = []

    def keep(body: bytes) -> bool:
        first.append(body)
        return True

    asyncio.run(measured(address, Run(operation.wire, operation.requests, keep, 1), 1))
    told = operation.read(first[0])
    if told != operation.expected:
        raise SystemExit(f"{server.kind.name}: {operation.name} answers {str(told)[:300]}")
    run = Run(operation.wire, operation.requests, first[0].__eq__, 4 * len(CALLERS))
    spent = server.cpu()
    asyncio.run(measured(address, run))
    cost = max(server.cpu() - spent, 0.01) / run.count
    return Case(server, operation, first[0], min(MOST, max(FEWEST, round(SECONDS / cost))))


def figures(case: Case, upstream: str, rate: float = 0.0) -> Figures:
    """Measures a case, at a rate or as fast as answers come."""
    server, operation = case.server, case.operation
    run = Run(operation.wire, operation.requests, case.body.__eq__, case.count, rate)
    calls, spent = asked(upstream), server.cpu()
    asyncio.run(measured(server.addresses[operation.face], run, CONNECTIONS))
    spent = server.cpu() - spent
    calls = asked(upstream) - calls
    return Figures(
        cpu=spent / case.count * 1e6,
        rate=case.count / run.seconds,
        p50=statistics.median(run.latencies) * 1000,
        p99=statistics.quantiles(run.latencies, n=100)[98] * 1000,
        calls=calls / case.count,
        memory=server.memory() / 2**20,
    )


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of rounds."""
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def spread(found: Sequence[float], digits: int = 0) -> str:
    """Median, and lowest to highest."""
    return f"{statistics.median(found):.{digits}f} ({min(found):.{digits}f} to {max(found):.{digits}f})"
