"""Looks at what nobody tells: how many there are of things, how late the event loop is, what the process uses."""

import asyncio
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from facade.metrics.catalogue import Catalogue
from facade.tally import Cells

TICK = 0.25  # seconds from one look at the loop to the next
REMEMBERED = 60  # such looks
EACH = 4  # of them one looks at all the rest
STATM = Path("/proc/self/statm")
FILES = Path("/proc/self/fd")


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to look at.

    Attributes:
        in_flight: how many requests are being worked on.
        sessions: how many token sessions are kept.
        upstreams: of each, whether it is up, and whether its breaker is open.

    """

    in_flight: Callable[[], int]
    sessions: Callable[[], int]
    upstreams: Mapping[str, Callable[[], tuple[bool, bool]]]


class Sampler:
    """Writes the gauges of this process."""

    def __init__(self, metrics: Catalogue, cells: Cells, seen: Seen) -> None:
        self._cells = cells
        self._cpu = metrics.cpu.at()
        self._lag = metrics.lag.at()
        self._lags: deque[float] = deque(maxlen=REMEMBERED)
        self._spent = 0.0
        self._gauges: list[tuple[int, Callable[[], float]]] = [
            (metrics.in_flight.at(), seen.in_flight),
            (metrics.sessions.at(), seen.sessions),
            (metrics.memory.at(), resident),
            (metrics.files.at(), open_files),
            (metrics.most_files.at(), most_files),
        ]
        for name, state in seen.upstreams.items():
            self._gauges += [
                (metrics.up.at(name), partial(part, state, 0)),
                (metrics.open.at(name), partial(part, state, 1)),
            ]
        for place in (metrics.workers.at(), *(metrics.build.at(*row) for row in metrics.build.rows)):
            cells[place] = 1

    def sample(self) -> None:
        """Looks at all."""
        for place, value in self._gauges:
            self._cells[place] = value()
        spent = time.process_time()
        self._cells[self._cpu] += spent - self._spent
        self._spent = spent

    async def run(self) -> None:
        """Looks again and again."""
        while True:
            self.sample()
            for _ in range(EACH):
                due = time.monotonic() + TICK
                await asyncio.sleep(TICK)
                self._lags.append(max(0.0, time.monotonic() - due))
                self._cells[self._lag] = max(self._lags)


def part(state: Callable[[], tuple[bool, bool]], place: int) -> float:
    """One of the two."""
    return float(state()[place])


def resident() -> float:
    """Bytes of this process in memory; 0 where the system does not say."""
    try:
        return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def open_files() -> float:
    """Its open file descriptors; 0 where the system does not say, or has none left to look with."""
    try:
        return FILES.stat().st_size or sum(1 for _ in FILES.iterdir())  # Linux says so since 6.2
    except OSError:
        return 0


def most_files() -> float:
    """How many it may have; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415 - not there on Windows

    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
