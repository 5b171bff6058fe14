"""An item of a bulk operation, before it has its result."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from facade.bulk.pace import FIRST_PAUSE, LONGEST_PAUSE
from facade.caller import Caller
from facade.domain.bulk import ItemResult
from facade.errors import FacadeError, Outcome, Reason, masked, not_attempted

# What refuses the credentials rather than the item: the next item would meet the same.
CREDENTIALS = frozenset(
    {
        Reason.MISSING_CREDENTIALS,
        Reason.INVALID_CREDENTIALS,
        Reason.INVALID_TOKEN,
        Reason.BASIC_REQUIRED,
        Reason.ACCESS_DENIED,
        Reason.NOT_ADMINISTRATOR,
        Reason.UPSTREAM_CREDENTIALS_REJECTED,
        Reason.UPSTREAM_NOT_CONFIGURED,
    }
)
# How an upstream says that it does not take a call just now.
NOT_TAKEN = frozenset({Reason.UPSTREAM_OVERLOADED, Reason.UPSTREAM_UNREACHABLE})


def not_taken(error: FacadeError) -> bool:
    """Whether the upstream did not take the item just now: it was certainly not carried out, and may be later."""
    return error.reason in NOT_TAKEN and error.retryable


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a job.

    Attributes:
        id: the caller's name for it.
        run: makes the call for it and returns what was done; for the caller it is given, whose deadline is the call's.
        again: whether an error that `run` ended in is worth running it once more.

    """

    id: str
    run: Callable[[Caller], Awaitable[str]]
    again: Callable[[FacadeError], bool] = not_taken


@dataclass(slots=True, eq=False)
class Pending:
    """An item that waits for a place.

    Attributes:
        item: the item.
        error: what it ended in when it had one, or None.
        pause: seconds to wait before it is run again, where the upstream itself does not ask for a pause.

    """

    item: Item
    error: FacadeError | None = None
    pause: float = FIRST_PAUSE

    def next_pause(self) -> float:
        """The pause before it is run again; the next is twice as long."""
        pause = self.pause
        self.pause = min(2 * pause, LONGEST_PAUSE)
        return pause

    def ended(self, message: str, error: FacadeError | None) -> ItemResult:
        """Its result after it was run. One whose time was over before it was sent, as during a login, was not tried."""
        if error is not None and error.reason is Reason.UPSTREAM_TIMEOUT and error.outcome is Outcome.NOT_SENT:
            return self.given_up(error)
        return ItemResult(self.item.id, message, error)

    def given_up(self, because: FacadeError) -> ItemResult:
        """Its result if it is not run any more."""
        return ItemResult(self.item.id, error=self.error or not_attempted(because))


async def attempt(item: Item, caller: Caller) -> tuple[str, FacadeError | None]:
    """What was done for the item, or why it was not: whatever goes wrong with one item must not end the others."""
    try:
        return await item.run(caller), None
    except asyncio.CancelledError as cancelled:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return "", masked(cancelled)  # it came out of the work itself: a defect
    except Exception as exception:  # noqa: BLE001 - as the docstring says
        return "", masked(exception)
