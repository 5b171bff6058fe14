"""One upstream's places for calls of bulk operations, shared fairly by all callers.

A free place goes to the waiting caller who has been served least (see `shares`).
"""

import asyncio
import time
from collections.abc import Callable

from facade.bulk.pace import Pace
from facade.bulk.shares import Share, Shares
from facade.errors import FacadeError, Reason

FORGOTTEN = 60.0  # seconds; an upstream that was away longer ago, and was not tried since, may have been back meanwhile
TOO_MANY_REQUESTS = 429  # speaks to one caller (RFC 6585 section 4); 503 speaks to all

# What an upstream that falls behind ends calls in.
SLOWING = frozenset({Reason.UPSTREAM_OVERLOADED, Reason.UPSTREAM_UNREACHABLE, Reason.UPSTREAM_TIMEOUT})


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
        self._shares = Shares()
        self._waiting: set[Share] = set()
        self._granting = False
        self._in_flight = 0
        self._down_since: float | None = None
        self._down_seen = 0.0
        self._unreachable: FacadeError | None = None
        self._timer: asyncio.TimerHandle | None = None

    def join(self, caller: object) -> Share:
        """The share of the caller with this key, for one job; give it back to `leave`."""
        return self._shares.join(caller, self.places)

    def leave(self, share: Share) -> None:
        """A job of the share has ended."""
        self._shares.leave(share)

    def take(self, share: Share) -> bool:
        """Whether there is a place at once, which is then the caller's; not if anybody waits for one."""
        if self._waiting or not self._free(share, time.monotonic()):
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

    def keep(self, share: Share, granted: Callable[[], None]) -> bool:
        """Whether a place that the caller has may be used for its next call: not if anybody else waits for one.

        `granted` is what the caller's job itself may be waiting with; others of the same caller want their turns, too.
        """
        others = len(self._waiting - {share}) + len(share.waiting) - (granted in share.waiting)
        if others or not self._within(share):
            return False
        self._shares.serve(share)
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
            self._grant()  # the limit may be a higher one
        elif error.reason is Reason.UPSTREAM_TIMEOUT:
            if not cut:
                self._pace.slow_down(started)
        elif error.reason in SLOWING:
            pace = share.pace if error.upstream_status == TOO_MANY_REQUESTS else self._pace
            pace.refused(started, error.retry_after)
            self._note(error)

    def _note(self, error: FacadeError) -> None:
        """Whether it was reached: from when on it was not, as far as anybody has tried."""
        now = time.monotonic()
        if error.reason is not Reason.UPSTREAM_UNREACHABLE:
            self._down_since = None
        elif self._down_since is None or now - self._down_seen > FORGOTTEN:
            self._down_since = now
        self._down_seen = now
        self._unreachable = error

    def unreachable(self) -> FacadeError | None:
        """Why nothing need be tried just now: the upstream has not been reached for longer than our patience."""
        return self._unreachable if self.hopeless() and time.monotonic() < self._pace.resumes else None

    def hopeless(self) -> bool:
        """Whether patience with an upstream that cannot be reached is at its end."""
        return self._down_since is not None and time.monotonic() - self._down_since > self._patience

    def _free(self, share: Share, now: float) -> bool:
        free = self._in_flight < self._pace.limit and share.in_flight < share.pace.limit
        return free and self.opens(share) <= now

    def _within(self, share: Share) -> bool:
        within = self._in_flight <= self._pace.limit and share.in_flight <= share.pace.limit
        return within and self.opens(share) <= time.monotonic()

    def _give(self, share: Share) -> None:
        self._shares.serve(share)
        share.in_flight += 1
        self._in_flight += 1

    def _grant(self) -> None:
        """Hands out free places, each to the caller who has been served least."""
        if self._granting:  # whoever was granted a place waits for the next: the loop below goes on with it
            return
        self._granting = True
        try:
            while self._waiting and self._in_flight < self._pace.limit:
                now = time.monotonic()  # read once: a pause that ended between two readings would wake nobody
                ready = [share for share in self._waiting if self._free(share, now)]
                if not ready:
                    self._wake(now)
                    return
                self._give_turn(min(ready, key=self._shares.standing))
        finally:
            self._granting = False

    def _give_turn(self, share: Share) -> None:
        granted = share.waiting.popleft()
        if not share.waiting:
            self._waiting.discard(share)
        self._give(share)
        granted()

    def _wake(self, now: float) -> None:
        """Sees to it that places are handed out when a pause is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        pauses = [pause for pause in map(self.opens, self._waiting) if pause > now]
        if pauses:
            self._timer = asyncio.get_running_loop().call_later(min(pauses) - now, self._grant)
