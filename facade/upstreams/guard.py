"""What every call to one upstream passes: so many at a time, and none while the upstream is down (see `breaker`).

Nothing waits here: where an upstream hangs, a queue would take one place of the facade after another.
"""

from facade.errors import Code, FacadeError, Outcome, Reason
from facade.upstreams.breaker import Breaker, Protection

RETRY_AFTER = 1.0  # seconds


class Guard:
    """The guard of the upstream `name`.

    Attributes:
        breaker: what knows whether the upstream is down.
        in_flight: calls that are being made.

    """

    def __init__(self, name: str, protection: Protection) -> None:
        self._name = name
        self._most = protection.concurrency
        self.breaker = Breaker(name, protection)
        self.in_flight = 0

    def enter(self) -> int:
        """Lets a call through, which then must `leave` with what this returns. FacadeError if it is not to be made."""
        if self.in_flight >= self._most:
            raise FacadeError(
                Code.RESOURCE_EXHAUSTED,
                Reason.UPSTREAM_OVERLOADED,
                "The facade is making as many calls to this upstream as it may.",
                self._name,
                retry_after=RETRY_AFTER,
                outcome=Outcome.NOT_SENT,
            )
        trial = 0 if self.breaker.closed else self.breaker.enter()
        self.in_flight += 1
        return trial

    def leave(self, trial: int, error: BaseException | None, seconds: float, *, counted: bool = False) -> bool:
        """The call has ended so, after so long; it may be tried again. See `Breaker.ended`."""
        self.in_flight -= 1
        if error is None and self.breaker.untroubled:
            return False
        return self.breaker.ended(trial, error, seconds, counted=counted)


class ProbeGuard:
    """Lets the facade's own calls through, which only find out whether the upstream is back."""

    def __init__(self, guard: Guard) -> None:
        self.breaker = guard.breaker

    def enter(self) -> int:
        """See Guard. It has no part in the number of calls."""
        return 0 if self.breaker.closed else self.breaker.enter()

    def leave(self, trial: int, error: BaseException | None, seconds: float, *, counted: bool = False) -> bool:
        """See Guard."""
        return self.breaker.ended(trial, error, seconds, probe=True, counted=counted)
