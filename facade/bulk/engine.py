"""The engine: runs the items of one bulk request.

Every item gets one result, the one that the operation for a single item would have given, with two differences. An item
that the upstream refused to take just now (429, 503, no connection) is not failed: it waits until the upstream takes
it, or the time is over. An item that was never sent is NOT_ATTEMPTED.

Items are taken one by one, each when there is a place for it, and no more than a window's worth whose results have not
been taken: what is slow, the upstream or the caller, slows the other.

The first call of a job goes alone. If the upstream refuses its credentials, the job ends there: a wrong password is
tried once, not once an item. Credentials that worked before are tried once more, alone, before a job is given up.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from facade.bulk.lane import Lane, NoTimeError, Share
from facade.bulk.pace import FIRST_PAUSE, LONGEST_PAUSE
from facade.caller import Caller
from facade.domain.bulk import ItemResult
from facade.errors import Code, FacadeError, Outcome, Reason, masked, not_attempted

T = TypeVar("T")

ANSWER_TIME = 0.5  # seconds before its deadline that a job ends, so that its results still reach the caller
ANSWER_SHARE = 0.1  # of the time that is left, where that is less

# What refuses the credentials rather than the item: the next item would meet the same.
CREDENTIALS = frozenset(
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


class Job:
    """One bulk request.

    Args:
        lane: the places at the upstream.
        key: what identifies the caller to the lane.
        caller: the request's caller; its deadline is the job's budget.
        item_time: seconds that a call may take, as for the operation for a single item.

    """

    def __init__(self, lane: Lane, key: object, caller: Caller, item_time: float) -> None:
        self._lane = lane
        self._key = key
        self._caller = caller
        self._item_time = item_time
        remaining = caller.remaining()
        self._deadline = caller.deadline - min(ANSWER_TIME, remaining * ANSWER_SHARE)
        self._window = asyncio.Semaphore(2 * lane.places)
        self._results: asyncio.Queue[ItemResult | None] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._alone = True  # the next call is made alone
        self._stopped: FacadeError | None = None  # why nothing more is sent
        self._cut: FacadeError | None = None  # why no more items are taken
        self._taking: asyncio.Task[None] | None = None
        self._reading = False

    async def results(
        self, items: AsyncIterator[Item | ItemResult], *, endless: bool = False
    ) -> AsyncGenerator[ItemResult, None]:
        """One result for each of `items`, in any order; an item that has its result already is passed on.

        When the time is over the rest is NOT_ATTEMPTED; of an `endless` source, which may make us wait, nothing more is
        taken then, and DEADLINE_EXCEEDED raised after the last result. What is given to `cut` is raised likewise.
        """
        share = self._lane.join(self._key)
        timer = None
        if endless:
            timer = asyncio.get_running_loop().call_later(self._deadline - time.monotonic(), self.cut, over())
        self._taking = asyncio.create_task(self._take(items, share))
        try:
            while (result := await self._results.get()) is not None:
                yield result
                self._window.release()
            await self._taking  # raises what broke in it
        finally:
            if timer is not None:
                timer.cancel()
            await self._end()
            self._lane.leave(share)
        if self._cut is not None:
            raise replace(self._cut)

    def cut(self, error: FacadeError) -> None:
        """Takes no more items; `error` is what the job ends with."""
        if self._cut is None:
            self._cut = error
            if self._reading and self._taking is not None:
                self._taking.cancel()

    async def _take(self, items: AsyncIterator[Item | ItemResult], share: Share) -> None:
        try:
            with suppress(StopAsyncIteration):
                while self._cut is None:
                    item = await self._next(items)
                    if isinstance(item, ItemResult):
                        self._results.put_nowait(item)
                    else:
                        await self._start(item, share)
        except asyncio.CancelledError:
            if self._cut is None:
                raise
        finally:
            if self._tasks:
                await asyncio.wait(self._tasks)
            self._results.put_nowait(None)

    async def _next(self, items: AsyncIterator[Item | ItemResult]) -> Item | ItemResult:
        self._reading = True
        try:
            await self._window.acquire()
            return await anext(items)
        finally:
            self._reading = False

    async def _start(self, item: Item, share: Share) -> None:
        """Begins to carry out the item as soon as there is a place; waits for its end where it goes alone."""
        while self._alone and self._tasks:
            await asyncio.wait(self._tasks)
        stopped = self._stopped or self._lane.unreachable()
        if stopped is None:
            try:
                await self._lane.enter(share, self._deadline)
            except NoTimeError:
                stopped = self._stopped = over()
        if stopped is not None:
            self._results.put_nowait(ItemResult(item.id, error=not_attempted(stopped)))
            return
        task = asyncio.create_task(self._carry_out(item, share, alone=self._alone))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self._alone:
            await asyncio.wait((task,))

    async def _carry_out(self, item: Item, share: Share, *, alone: bool) -> None:
        pause = FIRST_PAUSE
        while True:
            started = time.monotonic()
            deadline = min(started + self._item_time, self._deadline)
            try:
                message, error = await attempt(item, self._caller.until(deadline))
            except asyncio.CancelledError:
                self._lane.abandoned(share)
                raise
            self._lane.answered(share, started, error, cut=deadline == self._deadline)
            if error is None or not item.again(error) or self._lane.hopeless():
                break
            if error.reason not in NOT_TAKEN:  # for these the lane itself pauses
                await asyncio.sleep(min(pause, self._deadline - time.monotonic()))
                pause = min(2 * pause, LONGEST_PAUSE)
            try:
                await self._lane.enter(share, self._deadline, again=True)
            except NoTimeError:
                break
        self._learn(error, alone=alone)
        self._results.put_nowait(ItemResult(item.id, message, error))

    def _learn(self, error: FacadeError | None, *, alone: bool) -> None:
        """What an item's end says about the credentials of all."""
        if error is not None and error.reason in CREDENTIALS:
            if alone:
                self._stopped = error
            self._alone = True
        elif error is None or error.reason is not Reason.INVALID_REQUEST:  # that was not sent, and says nothing
            self._alone = self._stopped is not None

    async def _end(self) -> None:
        """Cancels what is under way, if anything is: the results are not wanted any more."""
        tasks = [*self._tasks, *([self._taking] if self._taking is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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


async def each(items: Iterable[T]) -> AsyncGenerator[T, None]:
    """Items that are there already."""
    for item in items:
        yield item


def over() -> FacadeError:
    """The job's time is over."""
    return FacadeError(
        Code.DEADLINE_EXCEEDED,
        Reason.UPSTREAM_TIMEOUT,
        "The time of the request was over before all items were done.",
        outcome=Outcome.NOT_SENT,
    )
