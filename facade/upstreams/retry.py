"""When a call is worth repeating: reads, and calls that never left, within budgets of time and of retries."""

import random
from typing import Any

import httpx

from facade.errors import FacadeError, Outcome
from facade.upstreams.operation import Operation

ATTEMPTS = 3  # tries of one call, the first included
FIRST_PAUSE = 0.05  # seconds; doubled for each further try, and drawn at random below it
LONGEST_PAUSE = 2.0  # seconds; an upstream that asks for more is left alone, and the caller told
TIME_TO_TRY = 0.05  # seconds that must be left after the pause for a try to make sense
EARNED = 0.1  # retries that each call earns for its upstream: at most a tenth more traffic
SAVED = 10.0  # retries that may be saved up


class Retries:
    """The retry budget of one upstream: when everything fails, retries do not multiply the load."""

    def __init__(self) -> None:
        self._saved = SAVED

    def earn(self) -> None:
        """Counts a call."""
        self._saved = min(SAVED, self._saved + EARNED)

    def pause(self, error: FacadeError, operation: Operation[Any], tried: int, remaining: float) -> float | None:
        """Seconds to wait before trying again, or None if `error` is final. Spends a retry.

        Who has waited for a connection in vain does not wait for another: nobody is there to take it.
        """
        repeatable = operation.method == "GET" or error.outcome is Outcome.NOT_SENT
        repeatable = repeatable and not isinstance(error.__cause__, httpx.ConnectTimeout)
        if not (repeatable and error.retryable and tried < ATTEMPTS and self._saved >= 1):
            return None
        pause = error.retry_after
        if pause is None:
            pause = random.uniform(0, FIRST_PAUSE * 2 ** (tried - 1))  # noqa: S311 - jitter
        if pause > LONGEST_PAUSE or pause + TIME_TO_TRY > remaining:
            return None
        self._saved -= 1
        return pause
