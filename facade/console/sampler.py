"""Looks at the metrics every few seconds, and keeps what the charts of the last quarter of an hour need."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client.metrics_core import Metric

from facade.console.rates import NOTHING, Point, point
from facade.console.readings import ALL, UPSTREAM, Key, Reading, read

log = logging.getLogger(__name__)

INTERVAL = 5.0  # seconds from one look to the next
KEPT = 180  # looks: 15 minutes
EACH = 12  # of them one is kept whole, for the table of operations
PRECISION = 4  # decimal places of seconds: a tenth of a millisecond


class Sampler:
    """Looks at the metrics of a server.

    Args:
        families: what the metrics are now, or None where they are switched off.
        states: the state of each upstream, as this process knows it: "up", "down" or "off".
        interval: seconds from one look to the next.

    Attributes:
        number: how many looks there have been.
        ended: whether there are to be no more.

    """

    def __init__(
        self,
        families: Callable[[], Iterable[Metric]] | None,
        states: Callable[[], Mapping[str, str]],
        interval: float = INTERVAL,
    ) -> None:
        self._families = families
        self._states = states
        self._interval = interval
        self._points: dict[str, deque[list[Any]]] = {}
        self._before: Reading | None = None
        self._then = 0.0
        self._whole: deque[tuple[float, Reading]] = deque(maxlen=KEPT // EACH)
        self._now: dict[str, Any] = {}
        self._changed = asyncio.Event()  # a new one for each look
        self.number = 0
        self.ended = False

    @asynccontextmanager
    async def sampling(self) -> AsyncIterator[None]:
        """Looks, until the block ends; whoever waits is told then that there is no more."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self.ended = True
            self._tell()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def after(self, seen: int) -> int:
        """Waits until there has been a look after the one that was `seen`, or there are no more; returns the last."""
        while self.number <= seen and not self.ended:
            await self._changed.wait()
        return self.number

    def history(self) -> dict[str, Any]:
        """All that is kept, as the page has it in JSON."""
        return self.latest() | {
            "interval": self._interval,
            "kept": KEPT,
            "series": {name: list(points) for name, points in self._points.items()},
        }

    def latest(self) -> dict[str, Any]:
        """The last look alone."""
        return self._now | {"series": {name: [points[-1]] for name, points in self._points.items()}}

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # the console must not end for what one look met
                log.exception("the console could not read the metrics")
            await asyncio.sleep(self._interval)

    async def look(self) -> None:
        """Looks once. What it sees is told as a whole: viewers come while it reads, too."""
        now = time.monotonic()
        states = dict(self._states())
        seen = {"at": round(time.time() * 1000), "metrics": self._families is not None, "states": states}
        if self._families is not None:
            reading = await read(self._families())
            for name, up in reading.up.items():  # as all processes know it, not this one alone
                states[name] = "up" if up else "down"
            self._compare(reading, seen["at"], now)
            seen |= {"gauges": reading.gauges, "operations": self._operations(reading, now)}
            self._before, self._then = reading, now
        self._now = seen
        self.number += 1
        self._tell()

    def _tell(self) -> None:
        """Wakes whoever waits."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _compare(self, reading: Reading, at: object, now: float) -> None:
        """Adds a point to each series: when, calls and failures a second, and percentiles in seconds."""
        if self._before is None:
            return
        elapsed = max(now - self._then, 1e-3)
        for key in (ALL, *((UPSTREAM, name) for name in reading.up)):
            happened = between(self._before, reading, key)
            points = self._points.setdefault(key[1] or "all", deque(maxlen=KEPT))
            points.append([at, *told(happened, elapsed)])

    def _operations(self, reading: Reading, now: float) -> dict[str, Any]:
        """What was called in the last quarter of an hour, busiest first."""
        if self.number % EACH == 0:
            self._whole.append((now, reading))
        since, first = self._whole[0]
        rows = []
        for key in reading.series:
            if key == ALL or key[0] == UPSTREAM:
                continue
            happened = between(first, reading, key)
            if happened.calls:
                rows.append([*key, int(happened.calls), int(happened.failed), *seconds(happened)])
        return {"seconds": round(now - since), "rows": sorted(rows, key=lambda row: (-row[2], row[:2]))}


def between(before: Reading, after: Reading, key: Key) -> Point:
    """What happened to one series."""
    return point(before.series.get(key, NOTHING), after.series.get(key, NOTHING))


def told(happened: Point, elapsed: float) -> list[float | None]:
    """A point, as the page has it."""
    return [round(happened.calls / elapsed, 3), round(happened.failed / elapsed, 3), *seconds(happened)]


def seconds(happened: Point) -> list[float | None]:
    """Its percentiles, as the page has them."""
    if happened.seconds is None:
        return [None, None, None]
    return [round(each, PRECISION) for each in happened.seconds]
