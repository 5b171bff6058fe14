"""One upstream's places for calls of bulk operations, shared fairly by all callers.

A free place goes to the waiting caller who has been served least. Being away earns a head start, but a limited one: a
small job is not held up by a large one, and nobody can save up enough to hold up all others.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

from facade.bulk.pace import Pace
from facade.errors import FacadeError, Reason

HEAD_START = 1000  # calls: a whole batch of a caller who comes now and then goes ahead of a stream that never ends
TOO_MANY_REQUESTS = 429  # speaks to one caller (RFC 6585 section 4); 503 speaks to all

# What an upstream that falls behind ends calls in.
SLOWING = frozenset({Reason.UPSTREAM_OVERLOADED, Reason.UPSTREAM_UNREACHABLE, Reason.UPSTREAM_TIMEOUT})


class NoTimeError(Exception):
    """The place would come too late."""


@dataclass(eq=False, slots=True)
class Share:
    """One caller's part of a lane.

    Attributes:
        pace: how fast the upstream lets this caller go.
        served: places that the caller has had, on the scale of all callers.
        in_flight: places that it has.
        jobs: its jobs that are under way.
        waiting: who waits for a place, first come first served.

    """

    pace: Pace
    served: int = 0
    in_flight: int = 0
    jobs: int = 0
    waiting: "deque[asyncio.Future[None]]" = field(default_factory=deque)


class Lane:
    """At most `places` calls at a time to one upstream.

    Args:
        places: the most calls in flight.
        patience: seconds for which an upstream that cannot be reached is tried with all items.

    """

    def __init__(self, places: int, patience: float) -> None:
        self.places = places
        self._patience = patience
        self._pace = Pace(places)
        self._shares: dict[object, Share] = {}
        self._in_flight = 0
        self._down_since: float | None = None
        self._unreachable: FacadeError | None = None
        self._timer: asyncio.TimerHandle | None = None

    def join(self, caller: object) -> Share:
        """The share of the caller with this key, for one job; give it back to `leave`."""
        self._forget()
        share = self._shares.get(caller)
        if share is None:
            share = self._shares[caller] = Share(Pace(self.places))
        if not share.jobs:
            share.served = max(share.served, self._least() - HEAD_START)
        share.jobs += 1
        return share

    def leave(self, share: Share) -> None:
        """A job of the share has ended."""
        share.jobs -= 1

    async def enter(self, share: Share, deadline: float, *, again: bool = False) -> None:
        """Waits for a place; `again` goes before the caller's other items. NoTimeError if it comes after `deadline`."""
        if not share.waiting and self._open(share) and self._in_flight < self._pace.limit:
            self._take(share)
            return
        if max(self._pace.resumes, share.pace.resumes) >= deadline:
            raise NoTimeError
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (share.waiting.appendleft if again else share.waiting.append)(turn)
        self._grant()
        try:
            async with asyncio.timeout_at(deadline):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self.abandoned(share)
            elif turn in share.waiting:
                share.waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise NoTimeError from None
            raise

    def answered(self, share: Share, started: float, error: FacadeError | None, *, cut: bool) -> None:
        """Gives the place back after a call that `started` then; `cut` if the job's time ended it."""
        if error is None or (error.upstream_status and error.reason not in SLOWING):
            self._pace.answered()
            share.pace.answered()
            self._down_since = None
        elif error.reason is Reason.UPSTREAM_TIMEOUT:
            if not cut:
                self._pace.slow_down(started)
        elif error.reason in SLOWING:
            pace = share.pace if error.upstream_status == TOO_MANY_REQUESTS else self._pace
            pace.refused(started, error.retry_after)
            self._note(error)
        self.abandoned(share)

    def abandoned(self, share: Share) -> None:
        """Gives the place back after a call that says nothing about the upstream."""
        share.in_flight -= 1
        self._in_flight -= 1
        self._grant()

    def unreachable(self) -> FacadeError | None:
        """Why nothing need be tried just now: the upstream has not been reached for longer than our patience."""
        now = time.monotonic()
        lost = self._down_since is not None and now - self._down_since > self._patience
        return self._unreachable if lost and now < self._pace.resumes else None

    def hopeless(self) -> bool:
        """Whether patience with an upstream that cannot be reached is at its end."""
        return self._down_since is not None and time.monotonic() - self._down_since > self._patience

    def _note(self, error: FacadeError) -> None:
        if error.reason is not Reason.UPSTREAM_UNREACHABLE:
            self._down_since = None
        elif self._down_since is None:
            self._down_since = time.monotonic()
        self._unreachable = error

    def _open(self, share: Share) -> bool:
        now = time.monotonic()
        ready = self._pace.resumes <= now and share.pace.resumes <= now
        return ready and share.in_flight < share.pace.limit

    def _take(self, share: Share) -> None:
        share.served += 1
        share.in_flight += 1
        self._in_flight += 1

    def _grant(self) -> None:
        """Hands out free places, each to the caller who has been served least."""
        while self._in_flight < self._pace.limit:
            waiting = [share for share in self._shares.values() if share.waiting]
            ready = [share for share in waiting if self._open(share)]
            if not ready:
                self._wake_for(waiting)
                return
            share = min(ready, key=lambda each: each.served)
            turn = share.waiting.popleft()
            if not turn.done():  # else whoever waited has gone
                self._take(share)
                turn.set_result(None)

    def _wake_for(self, waiting: list[Share]) -> None:
        """Sees to it that places are handed out when a pause is over."""
        now = time.monotonic()
        pauses = [max(self._pace.resumes, share.pace.resumes) for share in waiting]
        ahead = [pause for pause in pauses if pause > now]
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if ahead:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(min(ahead) - now, self._grant)

    def _least(self) -> int:
        """How much the least served of the callers at work has had."""
        return min((share.served for share in self._shares.values() if share.jobs), default=0)

    def _forget(self) -> None:
        """Drops callers whom it makes no difference to have known."""
        least = self._least()
        busy = any(share.jobs for share in self._shares.values())
        for caller, share in list(self._shares.items()):
            idle = not share.jobs and not share.in_flight
            if idle and (not busy or share.served <= least - HEAD_START):
                del self._shares[caller]
