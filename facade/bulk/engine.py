"""The engine: runs the items of one bulk request.

Every item gets one result, the one that the operation for a single item would have given, with two differences. An item
that the upstream refused to take just now (429, 503, no connection) is not failed: it waits until the upstream takes
it, or the time is over. An item that was never sent is NOT_ATTEMPTED.

No more than a window's worth of items is taken whose results have not been taken: what is slow, the upstream or the
caller, slows the other.

The first call of a job goes alone. If the upstream refuses its credentials, the job ends there: a wrong password is
tried once, not once an item. Credentials that worked before are tried once more, alone, before a job is given up.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace

from facade.bulk.budget import ending, over
from facade.bulk.intake import Intake
from facade.bulk.item import CREDENTIALS, NOT_TAKEN, Item, Pending, attempt
from facade.bulk.lane import Lane
from facade.bulk.results import Results
from facade.caller import Caller
from facade.domain.bulk import ItemResult
from facade.errors import FacadeError, Reason


class Job:
    """One bulk request.

    Args:
        lane: the places at the upstream.
        key: what identifies the caller to the lane.
        caller: the request's caller; its deadline is the job's budget.
        item_time: seconds that a call may take, as for the operation for a single item.
        results: where the results go on their way.

    """

    def __init__(self, lane: Lane, key: object, caller: Caller, item_time: float, results: Results) -> None:
        self._lane, self._key, self._results = lane, key, results
        self._caller, self._item_time, self._deadline = caller, item_time, ending(caller)
        self._intake = Intake(2 * lane.places)
        self._ready: deque[Pending] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = 0  # items that were taken and have no result yet
        self._waiting = False  # for a place
        self._alone = True  # the next call is made alone
        self._stopped: FacadeError | None = None  # why nothing more is sent
        self._defect: BaseException | None = None

    async def results(
        self, items: AsyncIterator[Item | ItemResult], *, endless: bool = False
    ) -> AsyncGenerator[ItemResult, None]:
        """One result for each of `items`, in any order; an item that has its result already is passed on.

        When the time is over the rest is NOT_ATTEMPTED; of an `endless` source, which may make us wait, nothing more is
        taken then, and DEADLINE_EXCEEDED raised after the last result. What is given to `cut` is raised likewise.
        """
        self._share = self._lane.join(self._key)
        timer = asyncio.get_running_loop().call_later(self._deadline - time.monotonic(), self._time_over, endless)
        self._intake.start(items, self._accept, self._check_end)
        try:
            while (result := await self._results.get()) is not None:
                yield result
                self._intake.release()
            if self._defect is not None:
                raise self._defect
            await self._intake.finished()
        finally:
            timer.cancel()
            await self._close()
        if self._intake.because is not None:
            raise replace(self._intake.because)

    def cut(self, because: FacadeError) -> None:
        """Takes no more items; `because` is what the job ends with."""
        self._intake.cut(because)

    def _time_over(self, endless: bool) -> None:
        self._stopped = self._stopped or over()
        self._go_on()
        if endless:
            self.cut(over())

    def _accept(self, item: Item | ItemResult) -> None:
        if isinstance(item, ItemResult):
            self._results.put_nowait(item)
        else:
            self._open += 1
            self._ready.append(Pending(item))
            self._go_on()

    def _go_on(self) -> None:
        """Starts what can be started; tells what cannot be started any more."""
        while self._ready:
            because = self._stopped or self._lane.unreachable()
            if because is not None:
                self._finish(self._ready.popleft().given_up(because))
            elif self._waiting or (self._alone and self._tasks):
                return
            elif self._lane.take(self._share):
                self._start()
            elif self._lane.opens(self._share) >= self._deadline:
                self._stopped = over()
            else:
                self._waiting = True
                self._lane.wait(self._share, self._granted)

    def _granted(self) -> None:
        """There is a place."""
        self._waiting = False
        if self._ready and self._stopped is None and not (self._alone and self._tasks):
            self._start()
        else:
            self._lane.give_back(self._share)
        self._go_on()

    def _start(self) -> None:
        """Begins to carry out the next item, for which there is a place."""
        task = asyncio.create_task(self._carry_out(self._ready.popleft(), alone=self._alone))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _carry_out(self, pending: Pending, *, alone: bool) -> None:
        """Carries out an item, and others after it while the place may be kept. The place is given back in `_ended`."""
        while True:
            await self._run(pending, alone=alone)
            if not self._ready or self._stopped is not None or self._alone:
                return
            if not self._lane.keep(self._share, self._granted):
                return
            pending, alone = self._ready.popleft(), False
            self._go_on()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task has ended, or was cancelled, perhaps before its first step."""
        self._tasks.discard(task)
        self._lane.give_back(self._share)
        if not task.cancelled() and (defect := task.exception()) is not None:
            self._defect = defect
            self._results.put_nowait(None)
        self._go_on()

    async def _run(self, pending: Pending, *, alone: bool) -> None:
        """Runs an item once: it has its result then, or waits to be run again."""
        started = time.monotonic()
        deadline = min(started + self._item_time, self._deadline)
        message, error = await attempt(pending.item, self._caller.until(deadline))
        self._lane.ended(self._share, started, error, cut=deadline == self._deadline)
        if error is not None and pending.item.again(error) and not self._lane.hopeless():
            self._again(pending, error)
            return
        self._learn(error, alone=alone)
        self._finish(pending.ended(message, error))

    def _again(self, pending: Pending, error: FacadeError) -> None:
        """Has an item run once more: before all others, or, if it failed for reasons of its own, after a pause."""
        pending.error = error
        if error.reason in NOT_TAKEN:  # the lane itself pauses
            self._ready.appendleft(pending)
        else:
            left = max(0.0, self._deadline - time.monotonic())
            asyncio.get_running_loop().call_later(min(pending.next_pause(), left), self._resume, pending)

    def _resume(self, pending: Pending) -> None:
        self._ready.appendleft(pending)
        self._go_on()

    def _learn(self, error: FacadeError | None, *, alone: bool) -> None:
        """What an item's end says about the credentials of all."""
        if error is not None and error.reason in CREDENTIALS:
            if alone:
                self._stopped = self._stopped or error
            self._alone = True
        elif error is None or error.reason is not Reason.INVALID_REQUEST:  # that was not sent, and says nothing
            self._alone = False

    def _finish(self, result: ItemResult) -> None:
        self._results.put_nowait(result)
        self._open -= 1
        self._check_end()

    def _check_end(self) -> None:
        if self._intake.ended and not self._open:
            self._results.put_nowait(None)

    async def _close(self) -> None:
        """Cancels what is under way, if anything is: the results are not wanted any more."""
        self._stopped = self._stopped or over()
        self._lane.withdraw(self._share, self._granted)
        for task in self._tasks:
            task.cancel()
        try:
            await self._intake.close()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:  # also where we are cancelled once more
            self._lane.leave(self._share)
