"""Kinds of metrics. Each has its place among the cells, and makes of what is there what Prometheus calls a family."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from facade.metrics.labels import BOUNDS, OUTCOMES
from facade.tally import WIDTH

Row = tuple[str, ...]


class Read:
    """What was read of the cells of all processes."""

    def __init__(self, processes: Sequence[tuple[bytes, bool]]) -> None:
        self._all = [cells for cells, _ in processes]
        self._running = [cells for cells, runs in processes if runs]

    def sums(self, start: int, count: int) -> Sequence[float]:
        """The sums, over all processes, of so many cells from there on; nothing if all are zero."""
        nothing = bytes(WIDTH * count)
        pieces = (cells[WIDTH * start : WIDTH * (start + count)] for cells in self._all)
        found = [array("d", piece) for piece in pieces if piece != nothing]
        return found[0] if len(found) == 1 else [sum(each) for each in zip(*found, strict=True)]

    def running(self, place: int) -> Sequence[float]:
        """The cell of each process that runs."""
        return [array("d", cells[WIDTH * place : WIDTH * (place + 1)])[0] for cells in self._running]


class Family(Protocol):
    """A metric.

    Attributes:
        name: its name, that of a counter without `_total`.
        start: its first cell.
        size: how many it has.

    """

    name: str
    start: int
    size: int

    def read(self, read: Read) -> Metric:
        """What Prometheus reads."""


class Counts:
    """A counter with a cell for each row of values of its labels; one row without a value where it has no labels."""

    def __init__(self, name: str, text: str, labels: Sequence[str], rows: Iterable[Row] = ((),)) -> None:
        self.name, self._text, self._labels = name, text, tuple(labels)
        self.rows = {row: place for place, row in enumerate(rows)}
        self.start, self.size = 0, len(self.rows)

    def at(self, *row: str) -> int:
        """The row's cell."""
        return self.start + self.rows[row]

    def read(self, read: Read) -> Metric:
        """See Family. All rows are told, from the start: Prometheus misses a first event that comes with its series."""
        family = CounterMetricFamily(self.name, self._text, labels=self._labels)
        values = read.sums(self.start, self.size) or [0.0] * self.size
        for row, value in zip(self.rows, values, strict=True):
            family.add_metric(row, value)
        return family


class Ends:
    """A counter of how things ended: a cell for each row and outcome.

    Args:
        outcomes: the values of the last labels; the first is the good end.

    """

    def __init__(
        self,
        name: str,
        text: str,
        labels: Sequence[str],
        rows: Iterable[Row],
        outcomes: Sequence[Row] = OUTCOMES,
    ) -> None:
        self.name, self._text, self._labels, self._outcomes = name, text, tuple(labels), outcomes
        self.rows = {row: place * len(outcomes) for place, row in enumerate(rows)}
        self.start, self.size = 0, len(self.rows) * len(outcomes)

    def at(self, *row: str) -> int:
        """The row's cell of the first outcome."""
        return self.start + self.rows[row]

    def read(self, read: Read) -> Metric:
        """See Family. Of each row the good end is told from the start, and others since the first."""
        family = CounterMetricFamily(self.name, self._text, labels=self._labels)
        for row, place in self.rows.items():
            values = read.sums(self.start + place, len(self._outcomes)) or (0.0,)
            for number, value in enumerate(values):
                if value or not number:
                    family.add_metric((*row, *self._outcomes[number]), value)
        return family


class Durations:
    """A histogram of seconds: for each row a cell for each bucket, one for all above, and one for their sum."""

    WIDTH = len(BOUNDS) + 2
    SUM = WIDTH - 1
    NAMES = (*(str(bound) for bound in BOUNDS), "+Inf")

    def __init__(self, name: str, text: str, labels: Sequence[str], rows: Iterable[Row]) -> None:
        self.name, self._text, self._labels = name, text, tuple(labels)
        self.rows = {row: place * self.WIDTH for place, row in enumerate(rows)}
        self.start, self.size = 0, len(self.rows) * self.WIDTH

    def at(self, *row: str) -> int:
        """The row's first bucket."""
        return self.start + self.rows[row]

    def read(self, read: Read) -> Metric:
        """See Family. A row is told since its first duration."""
        family = HistogramMetricFamily(self.name, self._text, labels=self._labels)
        for row, place in self.rows.items():
            if values := read.sums(self.start + place, self.WIDTH):
                buckets = list(zip(self.NAMES, accumulate(values[: self.SUM]), strict=True))
                family.add_metric(row, buckets, values[self.SUM])
        return family


class Gauges:
    """Something that goes up and down: a cell for each row.

    Args:
        merged: makes one value of those of the processes that run.

    """

    def __init__(
        self,
        name: str,
        text: str,
        labels: Sequence[str] = (),
        rows: Iterable[Row] = ((),),
        merged: Callable[[Sequence[float]], float] = sum,
    ) -> None:
        self.name, self._text, self._labels = name, text, tuple(labels)
        self._merged = merged
        self.rows = {row: place for place, row in enumerate(rows)}
        self.start, self.size = 0, len(self.rows)

    def at(self, *row: str) -> int:
        """The row's cell."""
        return self.start + self.rows[row]

    def read(self, read: Read) -> Metric:
        """See Family. Nothing is told while nothing runs."""
        family = GaugeMetricFamily(self.name, self._text, labels=self._labels)
        for row, place in self.rows.items():
            if values := read.running(self.start + place):
                family.add_metric(row, self._merged(values))
        return family


def laid_out(families: Iterable[Family]) -> int:
    """Gives each family its cells, one after the other; how many there are."""
    end = 0
    for family in families:
        family.start, end = end, end + family.size
    return end
