"""The door that every request of both faces passes: how many are inside, and whether it is closing."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from facade.congestion import Congestion
from facade.errors import Code, FacadeError, Outcome, Reason, masked
from facade.quotas import Keys, Quotas

NOBODY: Mapping[str, Sequence[str]] = {}


class Door:
    """Counts the requests in flight, refuses those above `limit`, and lets the last ones out.

    Health checks do not pass it, so that a full facade can still say that it lives.

    Args:
        limit: requests in flight.
        quotas: what each caller may have, or None where all are alike.
        congestion: says how many may be inside where there is more to do than can be done; None for any number.

    """

    def __init__(self, limit: int, quotas: Quotas | None = None, congestion: Congestion | None = None) -> None:
        self._limit = limit
        self._quotas = quotas
        self._congestion = congestion
        self._inside: set[asyncio.Task[object]] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._watchers: set[Callable[[], None]] = set()
        self.leaving = False  # it will close soon: who asks whether it is ready is told that it is not
        self.closing = False
        self.forced = False  # the drain time is over: what is left was cancelled by us

    @property
    def in_flight(self) -> int:
        """Requests being worked on now."""
        return len(self._inside)

    @property
    def congested(self) -> bool:
        """Whether requests are refused."""
        return self._congestion is not None and self._congestion.most is not None

    def lets_in(self) -> bool:
        """Whether a request may go on to `admit`; asked once, as soon as there is one, and before it is read."""
        return self._congestion is None or self._congestion.admits(len(self._inside))

    def admit(self, headers: Mapping[str, Sequence[str]] = NOBODY, names: Sequence[str] = ()) -> "Place":
        """Holds a place for the current task, whose caller sent `headers`, and is known by a certificate of `names`.

        RESOURCE_EXHAUSTED when full, or when this caller has enough; UNAVAILABLE when closing.
        """
        if self.closing:
            raise shutting_down(Outcome.NOT_SENT)
        if len(self._inside) >= self._limit:
            raise full()
        task = asyncio.current_task()
        assert task is not None, "requests are served in tasks"  # noqa: S101 - for the type checker
        if self._congestion is not None:
            self._congestion.came()
        keys = self._quotas.take(headers, names) if self._quotas else ()
        self._inside.add(task)
        self._empty.clear()
        return Place(self, task, keys)

    def leave(self, task: "asyncio.Task[object]", keys: Keys) -> None:
        """Gives the task's place back."""
        if self._quotas and keys:
            self._quotas.give(keys)
        self._inside.discard(task)
        if not self._inside:
            self._empty.set()

    @contextmanager
    def watched(self, closing: Callable[[], None]) -> Iterator[None]:
        """Calls `closing` when the door begins to close: for requests that would go on for as long as their caller."""
        self._watchers.add(closing)
        try:
            yield
        finally:
            self._watchers.discard(closing)

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109 - the drain time is a setting
        """Refuses new requests and waits up to `timeout` seconds for those inside, then cancels what is left.

        A request that is cancelled here is answered SHUTTING_DOWN by its face (see `interrupted`).
        """
        self.leaving = self.closing = True
        for closing in tuple(self._watchers):
            closing()
        try:
            async with asyncio.timeout(timeout):
                await self._empty.wait()
        except TimeoutError:
            self.forced = True
            for task in tuple(self._inside):
                task.cancel()
            await self._empty.wait()


class Place:
    """A place inside, given back at the end of the block. A generator would take twice as long."""

    __slots__ = ("_door", "_keys", "_task")

    def __init__(self, door: Door, task: "asyncio.Task[object]", keys: Keys) -> None:
        self._door = door
        self._task = task
        self._keys = keys

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._door.leave(self._task, self._keys)


def interrupted(door: Door) -> FacadeError | None:
    """What to answer where the current task met a CancelledError, or None if its caller is gone.

    A cancellation that nobody asked this task for came out of the work itself: a defect, which must not leave the call
    unanswered.
    """
    task = asyncio.current_task()
    if task is None or not task.cancelling():
        return masked(asyncio.CancelledError("the work was cancelled from within"))
    if door.forced:
        task.uncancel()
        return shutting_down(Outcome.UNKNOWN)
    return None


def full() -> FacadeError:
    """The facade has more to do than it can."""
    return FacadeError(
        Code.RESOURCE_EXHAUSTED,
        Reason.OVERLOADED,
        "The facade is serving as many requests as it may.",
        retry_after=1.0,
        outcome=Outcome.NOT_SENT,
    )


def shutting_down(outcome: Outcome) -> FacadeError:
    """The facade is draining: another replica will answer, and at once, what this one has not begun."""
    return FacadeError(
        Code.UNAVAILABLE,
        Reason.SHUTTING_DOWN,
        "The facade is shutting down.",
        retry_after=0.0 if outcome is Outcome.NOT_SENT else None,
        outcome=outcome,
    )
