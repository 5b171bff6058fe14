"""What becomes of the items of a run: written down, counted, shown, and told at the end."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from facade.client.failure import StoppedError
from facade.client.outcomes import Outcome, OutcomeFile, State
from facade.client.progress import Meter, Nothing, meter
from facade.client.stop import Stop
from facade.errors import Reason

FAILED = 1  # exit status: an item is not done
INTERRUPTED = 130  # exit status of what Ctrl-C has ended, as shells tell it
SHOWN = 10  # failed items that are told one by one
# What refuses the credentials rather than the item: after it, NOT_ATTEMPTED means that the facade has given up.
HOPELESS = frozenset(
    {
        Reason.MISSING_CREDENTIALS,
        Reason.INVALID_CREDENTIALS,
        Reason.INVALID_TOKEN,
        Reason.BASIC_REQUIRED,
        Reason.ACCESS_DENIED,
        Reason.NOT_ADMINISTRATOR,
        Reason.UPSTREAM_NOT_CONFIGURED,
    }
)


class Report:
    """Takes the outcomes of a run's items.

    Attributes:
        given_up: whether the facade has refused the credentials: to send more is of no use.

    """

    def __init__(self, noun: str, file: OutcomeFile) -> None:
        self._noun = noun
        self._file = file
        self._skipped = 0
        self._counts: Counter[State] = Counter()
        self._failures: list[Outcome] = []
        self._failed = 0  # which are told one by one
        self._refused = False
        self._meter: Meter = Nothing()
        self._started = time.monotonic()
        self.given_up = False

    @classmethod
    @contextmanager
    def opened(cls, title: str, total: int | None, noun: str, file: OutcomeFile) -> Iterator[Self]:
        """A report with a bar for `total` items while the block runs; then it tells how they ended."""
        report = cls(noun, file)
        try:
            with meter(title, total) as report._meter:
                yield report
        finally:
            report.tell()

    def take(self, outcome: Outcome, *, told: bool = True) -> None:
        """One more item has ended; its failure is to be `told` by itself unless it is the failure of all."""
        self._file.write(outcome)
        self._counts[outcome.state] += 1
        if told and outcome.state in (State.REFUSED, State.UNKNOWN):
            self._failed += 1
            if len(self._failures) < SHOWN:
                self._failures.append(outcome)
        self._refused = self._refused or outcome.reason in HOPELESS
        self.given_up = self.given_up or (self._refused and outcome.state is State.NOT_ATTEMPTED)
        self._meter.advance(self.failed)

    def skip(self, count: int) -> None:
        """So many items were done by an earlier run."""
        self._skipped = count

    def status(self, stop: Stop) -> int:
        """The exit status that the outcomes mean. StoppedError if the facade has refused the credentials."""
        if stop.asked:
            return INTERRUPTED
        if self.given_up:
            raise StoppedError("The credentials are refused: stopped, and the rest is not sent.")
        return FAILED if self.failed else 0

    @property
    def failed(self) -> int:
        """How many items are not done."""
        return self._counts.total() - self._counts[State.DONE]

    def tell(self) -> None:
        """The first failures, and one line of numbers."""
        for outcome in self._failures:
            print(f"facade: {outcome}", file=sys.stderr)
        if more := self._failed - len(self._failures):
            print(f"facade: and {more} more", file=sys.stderr)
        taken = time.monotonic() - self._started
        total = self._counts.total()
        counts = [f"{self._counts[state]} {state.replace('_', ' ')}" for state in State if self._counts[state]]
        if self._skipped:
            counts.append(f"{self._skipped} done before")
        told = f": {', '.join(counts)}" if counts else ""
        noun = self._noun if total == 1 else f"{self._noun}s"
        print(f"{total} {noun}{told}; {taken:.1f} s, {total / max(taken, 0.001):,.0f}/s", file=sys.stderr)
