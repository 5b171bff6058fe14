"""How much of what comes in is let in when it is more than can be served: told by how late the event loop is.

A request waits for the loop several times. When the loop has been late for a while, a smaller and smaller share of new
requests is let in, and a larger again while it is on time: those that are let in are served as fast as ever, and the
others know at once.
"""

import asyncio
import logging
import time

log = logging.getLogger(__name__)

TICK = 0.01  # seconds from one look to the next
INTERVAL = 0.1  # seconds for which the loop must be late until anything is refused: a burst is no congestion
SHRINK = 0.1  # of the share, for each time that the loop is as late as it may be; at most half of it
GROW = 0.03  # of the share
LEAST = 0.01
TOLD = 1.0  # seconds from one line in the log to the next


class Congestion:
    """Watches the running loop, while it is asked.

    Args:
        lateness: seconds that the loop may be late.

    Attributes:
        share: of new requests that is let in.

    """

    def __init__(self, lateness: float) -> None:
        self._lateness = lateness
        self._due: float | None = None  # when the next look is to be; None while there is none
        self._late_since: float | None = None
        self._asked = False
        self._credit = 0.0
        self._refused = 0
        self._told = 0.0
        self.share = 1.0

    @property
    def watching(self) -> bool:
        """Whether it looks at the loop now."""
        return self._due is not None

    def admits(self) -> bool:
        """Whether the next request is let in."""
        self._asked = True
        if self._due is None:
            self._look_later(time.monotonic())
        if self.share >= 1:
            return True
        self._credit += self.share
        if self._credit >= 1:
            self._credit -= 1
            return True
        self._refused += 1
        return False

    def seen(self, late: float, now: float) -> None:
        """Adjusts the share to how late the loop is."""
        if late <= self._lateness:
            self._late_since = None
            self.share = min(1.0, self.share * (1 + GROW))
            return
        self._late_since = self._late_since or now
        if self.share < 1 or now - self._late_since >= INTERVAL:
            self.share = max(LEAST, self.share * max(0.5, 1 - SHRINK * late / self._lateness))

    def _look_later(self, now: float) -> None:
        self._due = now + TICK
        asyncio.get_running_loop().call_later(TICK, self._look)

    def _look(self) -> None:
        now = time.monotonic()
        if self._due is not None:
            self.seen(now - self._due, now)
        self._tell(now)
        if self._asked or self.share < 1 or self._refused:
            self._asked = False
            self._look_later(now)
        else:
            self._due = self._late_since = None

    def _tell(self, now: float) -> None:
        """One line for many refusals: a line for each would cost as much as the requests."""
        if self._refused and now - self._told >= TOLD:
            log.warning("requests were refused: the facade is overloaded", extra={"count": self._refused})
            self._refused, self._told = 0, now
