"""One upstream's places for calls of bulk operations, shared fairly by all callers.

A free place goes to the waiting caller who has been served least. Being away earns a head start, but a limited one: a
small job is not held up by a large one, and nobody can save up enough to hold up all others.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from facade.bulk.pace import Pace
from facade.errors import FacadeError, Reason

HEAD_START = 1000  # calls: a whole batch of a caller who comes now and then goes ahead of a stream that never ends
TOO_MANY_REQUESTS = 429  # speaks to one caller (RFC 6585 section 4); 503 speaks to all

# What an upstream that falls behind ends calls in.
SLOWING = frozenset({Reason.UPSTREAM_OVERLOADED, Reason.UPSTREAM_UNREACHABLE, Reason.UPSTREAM_TIMEOUT})


@dataclass(eq=False, slots=True)
class Share:
    """One caller's part of a lane.

    Attributes:
        pace: how fast the upstream lets this caller go.
        served: places that the caller has had, on the scale of all callers.
        in_flight: places that it has.
        jobs: its jobs that are under way.
        waiting: what to call, one after the other, when there is a place for it.

    """

    pace: Pace
    served: int = 0
    in_flight: int = 0
    jobs: int = 0
    waiting: deque[Callable[[], None]] = field(default_factory=deque)


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
        self._waiting: set[Share] = set()
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

    def take(self, share: Share) -> bool:
        """Whether there is a place at once, which is then the caller's; not if anybody waits for one."""
        if self._waiting or not self._free(share):
            return False
        self._give(share)
        return True

    def wait(self, share: Share, granted: Callable[[], None]) -> None:
        """Calls `granted` when there is a place, which is then the caller's."""
        share.waiting.append(granted)
        self._waiting.add(share)
        self._grant()

    def withdraw(self, share: Share, granted: Callable[[], None]) -> None:
        """Waits no longer, if it does."""
        if granted in share.waiting:
            share.waiting.remove(granted)
            if not share.waiting:
                self._waiting.discard(share)

    def keep(self, share: Share) -> bool:
        """Whether a place that the caller has may be used for its next call: not if anybody else waits for one."""
        if self._waiting - {share} or not self._within(share):
            return False
        share.served += 1
        return True

    def give_back(self, share: Share) -> None:
        """Gives back a place."""
        share.in_flight -= 1
        self._in_flight -= 1
        self._grant()

    def opens(self, share: Share) -> float:
        """From when on calls of the caller are made, on the clock of `time.monotonic`."""
        return max(self._pace.resumes, share.pace.resumes)

    def ended(self, share: Share, started: float, error: FacadeError | None, *, cut: bool) -> None:
        """Learns from how a call that `started` then ended; `cut` if the job's time ended it."""
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
            if error.reason is not Reason.UPSTREAM_UNREACHABLE:
                self._down_since = None
            elif self._down_since is None:
                self._down_since = time.monotonic()
            self._unreachable = error

    def unreachable(self) -> FacadeError | None:
        """Why nothing need be tried just now: the upstream has not been reached for longer than our patience."""
        return self._unreachable if self.hopeless() and time.monotonic() < self._pace.resumes else None

    def hopeless(self) -> bool:
        """Whether patience with an upstream that cannot be reached is at its end."""
        return self._down_since is not None and time.monotonic() - self._down_since > self._patience

    def _free(self, share: Share) -> bool:
        free = self._in_flight < self._pace.limit and share.in_flight < share.pace.limit
        return free and self.opens(share) <= time.monotonic()

    def _within(self, share: Share) -> bool:
        within = self._in_flight <= self._pace.limit and share.in_flight <= share.pace.limit
        return within and self.opens(share) <= time.monotonic()

    def _give(self, share: Share) -> None:
        share.served += 1
        share.in_flight += 1
        self._in_flight += 1

    def _grant(self) -> None:
        """Hands out free places, each to the caller who has been served least."""
        while self._waiting and self._in_flight < self._pace.limit:
            ready = [share for share in self._waiting if self._free(share)]
            if not ready:
                self._wake()
                return
            share = min(ready, key=lambda each: each.served)
            granted = share.waiting.popleft()
            if not share.waiting:
                self._waiting.discard(share)
            self._give(share)
            granted()

    def _wake(self) -> None:
        """Sees to it that places are handed out when a pause is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = time.monotonic()
        pauses = [pause for pause in map(self.opens, self._waiting) if pause > now]
        if pauses:
            self._timer = asyncio.get_running_loop().call_later(min(pauses) - now, self._grant)

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
