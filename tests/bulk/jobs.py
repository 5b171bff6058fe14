"""Jobs of the engine with hand-made items: no network, and what becomes of a call is the test's to say."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing

from facade.bulk.engine import Job
from facade.bulk.intake import each
from facade.bulk.item import Item, not_taken
from facade.bulk.lane import Lane
from facade.bulk.results import Results
from facade.caller import Caller
from facade.domain.bulk import ItemResult
from facade.errors import Code, FacadeError, Outcome, Reason

BUDGET = 60.0  # seconds; no test waits for it
Answer = Callable[[str], FacadeError | None]

# The errors that matter to the engine, by reason.
KINDS: dict[Reason, tuple[Code, Outcome, int]] = {
    Reason.UPSTREAM_OVERLOADED: (Code.UNAVAILABLE, Outcome.NO_EFFECT, 503),
    Reason.UPSTREAM_UNREACHABLE: (Code.UNAVAILABLE, Outcome.NOT_SENT, 0),
    Reason.UPSTREAM_TIMEOUT: (Code.DEADLINE_EXCEEDED, Outcome.UNKNOWN, 0),
    Reason.OUTCOME_UNKNOWN: (Code.UNKNOWN, Outcome.UNKNOWN, 0),
    Reason.CUSTOMER_INACTIVE: (Code.FAILED_PRECONDITION, Outcome.NO_EFFECT, 401),
    Reason.INVALID_REQUEST: (Code.INVALID_ARGUMENT, Outcome.NO_EFFECT, 0),
    Reason.INVALID_CREDENTIALS: (Code.UNAUTHENTICATED, Outcome.NO_EFFECT, 401),
    Reason.ACCESS_DENIED: (Code.PERMISSION_DENIED, Outcome.NO_EFFECT, 403),
}


def error(reason: Reason, retry_after: float | None = None) -> FacadeError:
    """An error as the adapter would have made it."""
    code, outcome, status = KINDS[reason]
    return FacadeError(code, reason, "as told", "publish", status, retry_after, outcome)


def done(_name: str) -> FacadeError | None:
    """The answer to an item that succeeds."""


class Upstream:
    """Makes items, and notes their calls.

    Attributes:
        calls: the items whose calls began, in that order.
        in_flight: calls that have not ended.
        most: the most that there were at a time.
        opened: calls end when it is set; it is, unless a test clears it.

    """

    def __init__(self, answer: Answer = done) -> None:
        self._answer = answer
        self.calls: list[str] = []
        self.in_flight = 0
        self.most = 0
        self.cancelled = 0
        self.opened = asyncio.Event()
        self.opened.set()

    def item(self, name: str, again: Callable[[FacadeError], bool] = not_taken) -> Item:
        """An item."""

        async def run(_caller: Caller) -> str:
            self.calls.append(name)
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
            try:
                await asyncio.sleep(0)  # a call takes at least a turn of the loop
                await self.opened.wait()
                failure = self._answer(name)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            finally:
                self.in_flight -= 1
            if failure is not None:
                raise failure
            return "done"

        return Item(name, run, again)

    def items(self, count: int) -> list[Item]:
        """So many of them, named by numbers."""
        return [self.item(str(number)) for number in range(count)]


def job(lane: Lane, key: object = "caller", budget: float = BUDGET, item_time: float = BUDGET) -> Job:
    """A job whose time is over in `budget` seconds."""
    return Job(lane, key, Caller(None, None, time.monotonic() + budget, "test"), item_time, Results())


async def collected(
    it: Job,
    items: Iterable[Item | ItemResult] | AsyncIterator[Item | ItemResult],
    found: list[ItemResult] | None = None,
    *,
    endless: bool = False,
) -> list[ItemResult]:
    """All results, put into `found` as they come: they are there, too, where the job ends with an error."""
    found = [] if found is None else found
    source = items if isinstance(items, AsyncIterator) else each(items)
    async with aclosing(it.results(source, endless=endless)) as results:
        async for result in results:
            found.append(result)
    return found


def reasons(results: Iterable[ItemResult]) -> list[Reason | None]:
    """Why each failed, or None."""
    return [None if result.error is None else result.error.reason for result in results]
