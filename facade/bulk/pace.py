"""Pace: how many calls at a time, and from when on. Additive increase, multiplicative decrease.

A refusal (429, 503, no connection) halves the limit and stops new calls for the time that the upstream asks for, or for
a growing while where it does not say. Each limit's worth of answered calls raises the limit by one.
"""

import random
import time

FIRST_PAUSE = 0.1  # seconds, where the upstream does not say how long; doubled for each refusal in a row
LONGEST_PAUSE = 5.0
LONGEST_OBEYED = 60.0  # seconds; then it is asked once more: one odd answer must not stop all callers for an hour
DOUBLINGS = 6  # more would not matter any more: the pause is at its longest


class Pace:
    """The pace of one upstream, or of one caller at it.

    Args:
        most: the limit that holds while all is well.

    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._refusals = 0  # in a row, counted once a round
        self._slowed = 0.0
        self.resumes = 0.0  # on the clock of time.monotonic

    @property
    def limit(self) -> int:
        """Calls that may be in flight."""
        return int(self._limit)

    def answered(self) -> None:
        """A call was answered with anything but a refusal to take it."""
        self._refusals = 0
        if self._limit < self._most:
            self._limit = min(self._most, self._limit + 1 / self._limit)

    def slow_down(self, started: float) -> None:
        """The upstream is behind. Calls that `started` before the last slowing down tell nothing new."""
        if started > self._slowed:
            self._slowed = time.monotonic()
            self._limit = max(1.0, self._limit / 2)
            self._refusals = min(self._refusals + 1, DOUBLINGS)

    def refused(self, started: float, retry_after: float | None) -> None:
        """The upstream did not take a call that `started` then; `retry_after` is how long it wants to be left alone."""
        self.slow_down(started)
        if retry_after is None:
            longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._refusals)
            retry_after = random.uniform(longest / 2, longest)  # noqa: S311 - jitter
        self.resumes = max(self.resumes, time.monotonic() + min(retry_after, LONGEST_OBEYED))
