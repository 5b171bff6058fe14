"""How many requests are worked on at a time, when there are more than can be served: told by how late the loop is.

A request waits for the loop several times. When the loop has been late for a while, no more requests are let in than
there are inside already, and then fewer and fewer until it is on time, and more again while it is: those that are let
in are served nearly as fast as ever, and the others know at once. Their number, and not a share of what comes, since a
request costs little when it comes and much later, when it is too late to refuse it.
"""

import asyncio
import logging
import time

log = logging.getLogger(__name__)

TICK = 0.01  # seconds from one look to the next
INTERVAL = 0.1  # seconds for which the loop must be late until anything is refused: a burst is no congestion
KEPT = 0.1  # of how late the loop may be: how late it is held to while requests are refused, which wait for it, too
SHRINK = 0.2  # of the number, for each time that the loop is as late as it may be; at most half of it
GROW = 0.03  # of the number
LEAST = 4  # requests, beside which others are let in however late the loop is: it is not late for them
CALM = 1.0  # seconds without a refusal until any number is let in again
TOLD = 1.0  # seconds from one line in the log to the next


class Congestion:
    """Watches the running loop, while it is asked.

    Args:
        lateness: seconds that the loop may be late.

    Attributes:
        most: requests that may be inside, or None for any number.

    """

    def __init__(self, lateness: float) -> None:
        self._lateness = lateness
        self._due: float | None = None  # when the next look is to be; None while there is none
        self._late_since: float | None = None
        self._asked = False
        self._inside = 0  # when it was asked last
        self._let_in = 0  # since the last look, and not inside yet: they come at the loop's next turn
        self._refused = 0  # that the log was not told of
        self._refusing = False  # since the last look
        self._refused_at = 0.0
        self._told = 0.0
        self.most: float | None = None

    @property
    def watching(self) -> bool:
        """Whether it looks at the loop now."""
        return self._due is not None

    def admits(self, inside: int) -> bool:
        """Whether one more request is let in beside those that are inside."""
        self._asked = True
        self._inside = inside
        if self._due is None:
            self._look_later(time.monotonic())
        if self.most is None or inside + self._let_in < self.most:
            self._let_in += 1
            return True
        self._refused += 1
        self._refusing = True
        return False

    def came(self) -> None:
        """One that was let in is inside."""
        if self._let_in:
            self._let_in -= 1

    def seen(self, late: float, now: float) -> None:
        """Adjusts the number to how late the loop is."""
        inside = self._inside + self._let_in
        self._let_in = 0
        if self._refusing:
            self._refused_at = now
            self._refusing = False
        limit = self._lateness if self.most is None else self._lateness * KEPT
        if late <= limit:
            self._late_since = None
            if self.most is not None:
                self.most = None if now - self._refused_at > CALM else self.most * (1 + GROW)
            return
        self._late_since = self._late_since or now
        if self.most is None:
            if now - self._late_since < INTERVAL:
                return
            self.most, self._refused_at = float(inside), now
        self.most = max(LEAST, min(self.most, inside) * max(0.5, 1 - SHRINK * late / limit))

    def _look_later(self, now: float) -> None:
        self._due = now + TICK
        asyncio.get_running_loop().call_later(TICK, self._look)

    def _look(self) -> None:
        now = time.monotonic()
        if self._due is not None:
            self.seen(now - self._due, now)
        self._tell(now)
        if self._asked or self.most is not None or self._refused:
            self._asked = False
            self._look_later(now)
        else:
            self._due = self._late_since = None

    def _tell(self, now: float) -> None:
        """One line for many refusals: a line for each would cost as much as the requests."""
        if self._refused and now - self._told >= TOLD:
            log.warning("requests were refused: the facade is overloaded", extra={"count": self._refused})
            self._refused, self._told = 0, now
