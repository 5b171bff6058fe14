"""What becomes of the items of a run: written down, counted, shown, and told at the end."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from facade.client.failure import CallError, StoppedError, UnwrittenError
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
        given_up: whether no more is to be sent: the credentials are refused, or the outcomes cannot be written.

    """

    def __init__(self, noun: str, file: OutcomeFile) -> None:
        self._noun = noun
        self._file = file
        self._skipped = 0
        self._counts: Counter[State] = Counter()
        self._failures: list[Outcome] = []
        self._failed = 0  # which are told one by one
        self._refused = self._hopeless = False
        self._unwritten: UnwrittenError | None = None
        self._lacking: Counter[State] = Counter()  # what the file lacks since then
        self._meter: Meter = Nothing()
        self._started = time.monotonic()

    @classmethod
    @contextmanager
    def opened(cls, title: str, total: int | None, noun: str, file: OutcomeFile) -> Iterator[Self]:
        """A report with a bar for `total` items while the block runs; then it tells how they ended.

        UnwrittenError if the file does not say it, whatever else has ended the block.
        """
        report, failure = cls(noun, file), None
        try:
            with meter(title, total) as report._meter:
                yield report
        except CallError as error:
            failure = error
            raise
        finally:
            report.tell()
            report.check(failure)
            file.check()

    def take(self, outcome: Outcome, *, told: bool = True) -> None:
        """One more item has ended; its failure is to be `told` by itself unless it is the failure of all."""
        self._write(outcome)
        self._counts[outcome.state] += 1
        if told and outcome.state in (State.REFUSED, State.UNKNOWN):
            self._failed += 1
            if len(self._failures) < SHOWN:
                self._failures.append(outcome)
        self._refused = self._refused or outcome.reason in HOPELESS
        self._hopeless = self._hopeless or (self._refused and outcome.state is State.NOT_ATTEMPTED)
        self._meter.advance(self.failed)

    def _write(self, outcome: Outcome) -> None:
        """Writes the row. After one that could not be written there is none, so that the file has no gaps."""
        if self._unwritten is None:
            try:
                self._file.write(outcome)
            except UnwrittenError as error:
                self._unwritten = error
            else:
                return
        self._lacking[outcome.state] += 1

    def check(self, failure: CallError | None = None) -> None:
        """UnwrittenError if the file lacks outcomes, with their number; and with the `failure` that the run had."""
        if self._unwritten is not None:
            told = f"{self._unwritten}; not in it: {', '.join(numbers(self._lacking))}"
            raise UnwrittenError(f"{told}; {failure}" if failure else told) from None

    def skip(self, count: int) -> None:
        """So many items were done by an earlier run."""
        self._skipped = count

    def status(self, stop: Stop) -> int:
        """The exit status that the outcomes mean. StoppedError if the facade has refused the credentials."""
        if stop.asked:
            return INTERRUPTED
        if self._hopeless:
            raise StoppedError("The credentials are refused: stopped, and the rest is not sent.")
        return FAILED if self.failed else 0

    @property
    def given_up(self) -> bool:  # noqa: D102 - see the class
        return self._hopeless or self._unwritten is not None

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
        counts = numbers(self._counts)
        if self._skipped:
            counts.append(f"{self._skipped} done before")
        told = f": {', '.join(counts)}" if counts else ""
        noun = self._noun if total == 1 else f"{self._noun}s"
        print(f"{total} {noun}{told}; {taken:.1f} s, {total / max(taken, 0.001):,.0f}/s", file=sys.stderr)


def numbers(counts: Counter[State]) -> list[str]:
    """How many have ended in each way."""
    return [f"{counts[state]} {state.replace('_', ' ')}" for state in State if counts[state]]
