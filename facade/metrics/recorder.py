"""Counts what the parts of a server tell: a few additions a request."""

import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from facade.errors import Code, FacadeError
from facade.meters import CallMeter, Meters
from facade.metrics import labels
from facade.metrics.catalogue import Catalogue
from facade.metrics.families import Durations
from facade.request_log import NO_OPERATION, Finished, finished
from facade.tally import Cells

BOUNDS, SUM = labels.BOUNDS, Durations.SUM


class Recorder(Meters):
    """Adds to the cells of this process.

    Args:
        metrics: the metrics.
        cells: the cells of this process.
        log: is told next of each request that has ended.

    """

    def __init__(self, metrics: Catalogue, cells: Cells, log: Finished = finished) -> None:
        self._metrics = metrics
        self._cells = cells
        self._log = log

    def finished(self, face: str) -> Finished:
        """See Meters."""
        metrics, cells, log = self._metrics, self._cells, self._log
        rows = {
            operation: (metrics.requests.at(each, operation), metrics.request_seconds.at(each, operation))
            for each, operation in metrics.requests.rows
            if each == face
        }
        unknown = rows[NO_OPERATION]
        shed = {reason: metrics.shed.at(face, cause) for reason, cause in labels.SHED.items()}

        def ended(
            method: str,
            request_id: str,
            started: float,
            error: FacadeError | None = None,
            *,
            operation: str = NO_OPERATION,
            code: str = "OK",
            **told: Any,  # to the log alone
        ) -> None:
            seconds = time.perf_counter() - started
            ends, lasted = rows.get(operation, unknown)
            if error is not None or code != "OK":
                ends += labels.place(error, code)
                if error is not None and error.reason in shed:
                    cells[shed[error.reason]] += 1
            cells[ends] += 1
            cells[lasted + bisect_left(BOUNDS, seconds)] += 1
            cells[lasted + SUM] += seconds
            log(method, request_id, started, error, operation=operation, code=code, **told)

        return ended

    def turned_away(self, face: str) -> Callable[[], None]:
        """See Meters."""
        cells, place = self._cells, self._metrics.shed.at(face, labels.CONGESTED)

        def refused() -> None:
            cells[place] += 1

        return refused

    def upstream(self, name: str) -> CallMeter:
        """See Meters."""
        if (name,) not in self._metrics.retries.rows:
            return CallMeter()  # it is not configured, and never called
        return CallRecorder(name, self._metrics, self._cells)

    def login(self, outcome: str) -> None:
        """See Meters."""
        self._cells[self._metrics.logins.at(outcome)] += 1

    def item(self, operation: str, error: FacadeError | None) -> None:
        """See Meters."""
        code = "OK" if error is None else error.code.value
        self._cells[self._metrics.items.at(operation) + labels.CODE_PLACES[code]] += 1


class CallRecorder(CallMeter):
    """Counts the calls to one upstream."""

    def __init__(self, name: str, metrics: Catalogue, cells: Cells) -> None:
        self._cells = cells
        self._rows = {
            operation: (metrics.calls.at(each, operation), metrics.call_seconds.at(each, operation))
            for each, operation in metrics.calls.rows
            if each == name
        }
        self._other = self._rows[labels.OTHER]
        self._retries = metrics.retries.at(name)
        self._refused = {cause: metrics.refused.at(name, cause) for cause in (labels.BREAKER, labels.CONCURRENCY)}

    def ended(self, operation: str, seconds: float, error: BaseException | None) -> None:
        """See CallMeter."""
        cells = self._cells
        ends, lasted = self._rows.get(operation, self._other)
        cells[ends if error is None else ends + labels.place(error)] += 1
        cells[lasted + bisect_left(BOUNDS, seconds)] += 1
        cells[lasted + SUM] += seconds

    def retried(self) -> None:
        """See CallMeter."""
        self._cells[self._retries] += 1

    def refused(self, error: FacadeError) -> None:
        """See CallMeter."""
        full = error.code is Code.RESOURCE_EXHAUSTED
        self._cells[self._refused[labels.CONCURRENCY if full else labels.BREAKER]] += 1
