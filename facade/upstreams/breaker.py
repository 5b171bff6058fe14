"""The circuit breaker of one upstream: one that is down is not asked, but for one trial at a time.

It opens after a number of calls in a row that say that the upstream is down: it was not reached, its answer was lost,
it answered 502, 503 or 504, or it had time enough and did not answer. Anything else that it answers closes it: a
refusal, and a failure that it has words for, come from an upstream that is there. A call counts once, however often it
is tried: what is broken for one user alone must not soon be taken for an upstream that is down.

A trial may go when it has been open for a while: a tenth of the time for which the upstream has been down. A trial of
the facade's own (`prober`) may meet less than callers do, such as a proxy that refuses strangers for an upstream that
hangs. Its answer closes the breaker, too; but if the next call fails then, from there on only a caller's call does, and
until then one of them at a time is let through.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from facade.errors import Code, FacadeError, Outcome, Reason
from facade.upstreams.evidence import tells

log = logging.getLogger(__name__)

SHARE = 0.1  # of the time for which it has been down, that passes until the next trial
SHORTEST_PAUSE = 0.1  # seconds
LONGEST_OBEYED = 60.0  # seconds that it may ask to be left alone
JITTER = 0.2  # part of a pause that is drawn at random: replicas must not come back together


@dataclass(frozen=True, slots=True)
class Protection:
    """What protects an upstream, and its callers from it.

    Attributes:
        concurrency: calls in flight at a time; more are refused at once.
        failures: calls in a row that open the breaker.
        pause: seconds at most between two trials.
        patience: seconds after which a call without an answer says that the upstream is down. One that had less, since
            its caller did not wait for longer, says nothing.

    """

    concurrency: int
    failures: int
    pause: float
    patience: float


USUAL = Protection(concurrency=512, failures=5, pause=5.0, patience=5.0)


class Breaker:
    """The breaker of the upstream `name`.

    Attributes:
        untroubled: whether it is closed, and the last call was answered: there is nothing to do for the next answer.
        closed: whether all calls may be made.
        up: whether the upstream answers, as far as is known.

    """

    def __init__(self, name: str, protection: Protection) -> None:
        self._name = name
        self._protection = protection
        self._watchers: list[Callable[[], None]] = []
        self._failures = 0  # in a row
        self._overloaded = False  # the last of them was a 503
        self._wanted = 0.0  # seconds for which it asked to be left alone
        self._down_since = 0.0
        self._next = 0.0  # when a trial may go
        self._trial = 0  # the number of the one that is under way, or 0
        self._trials = 0
        self._begun = 0.0
        self._believed = True  # whether an answer to the facade's own trial closes it
        self._on_probation = False  # such an answer did, and no caller's call has been answered since
        self.untroubled = True
        self.closed = True
        self.up = True

    def watch(self, changed: Callable[[], None]) -> None:
        """Calls `changed` whenever `up` has changed."""
        self._watchers.append(changed)

    def wait(self) -> float:
        """Seconds until a trial may go, if nobody else's is under way; at least a moment."""
        return max(self._next - time.monotonic(), SHORTEST_PAUSE / 2)

    def enter(self) -> int:
        """The number of the trial that this call is, where the breaker is open. UNAVAILABLE if it is to be none."""
        now = time.monotonic()
        if self._trial and now - self._begun > self._protection.patience:
            self._trial_failed(now)
        if self._trial or now < self._next:
            raise self._refusal(now)
        self._trials += 1
        self._trial = self._trials
        self._begun = now
        return self._trial

    def ended(
        self, trial: int, error: BaseException | None, seconds: float, *, probe: bool = False, counted: bool = False
    ) -> bool:
        """Learns from how a try of a call ended after so long. Whether it says that the upstream is down.

        `trial` is what `enter` gave it, or 0; `probe` if it was ours; `counted` if a try of the same call has said so.
        """
        ours = bool(trial) and trial == self._trial
        if ours:
            self._trial = 0
        down = tells(error, seconds, self._protection.patience)
        if not down:
            if down is not None:
                self._answered(probe=probe)
            return False
        if isinstance(error, FacadeError):
            self._overloaded = error.reason is Reason.UPSTREAM_OVERLOADED
            self._wanted = min(error.retry_after or 0.0, LONGEST_OBEYED)
        if self.closed:
            if not counted:
                self._failed()
        elif ours:
            self._trial_failed(time.monotonic())
        return True

    def _failed(self) -> None:
        self._failures += 1
        self.untroubled = False
        if self._failures < self._protection.failures and not self._on_probation:
            return
        now = time.monotonic()
        if not self._on_probation:
            self._down_since = now
        self._believed = not self._on_probation
        self._on_probation = self.closed = False
        self._pause(now)
        self._set(up=False)

    def _trial_failed(self, now: float) -> None:
        self._trial = 0
        self._pause(now)
        self._set(up=False)

    def _answered(self, *, probe: bool) -> None:
        self._failures = 0
        if not probe or self._believed:
            self._on_probation = probe and (self._on_probation or not self.closed)
            self._believed = True
            self.closed = True
            self.untroubled = not self._on_probation
        else:
            self._next = 0.0
        self._set(up=True)

    def _pause(self, now: float) -> None:
        """Has the next trial wait: for as long as the upstream asked, if it did."""
        longest = max(self._protection.pause, SHORTEST_PAUSE)
        pause = min(max(SHARE * (now - self._down_since), SHORTEST_PAUSE), longest)
        pause *= random.uniform(1 - JITTER, 1)  # noqa: S311 - jitter
        self._next = now + max(pause, self._wanted)

    def _set(self, *, up: bool) -> None:
        if up == self.up:
            return
        self.up = up
        if up:
            log.warning("upstream answers again", extra={"upstream": self._name, "seconds": self._down_for()})
        else:
            log.warning("upstream is down", extra={"upstream": self._name, "overloaded": self._overloaded})
        for changed in self._watchers:
            changed()

    def _down_for(self) -> float:
        return round(time.monotonic() - self._down_since, 1)

    def _refusal(self, now: float) -> FacadeError:
        """What a call is told that is not made: what the last one that was made would have told, and when to try."""
        known = OVERLOADED if self._overloaded else UNREACHABLE
        return replace(known, upstream=self._name, retry_after=max(round(self._next - now, 3), SHORTEST_PAUSE))


UNREACHABLE = FacadeError(
    Code.UNAVAILABLE,
    Reason.UPSTREAM_UNREACHABLE,
    "The upstream could not be reached again and again, and is not asked for a moment.",
    outcome=Outcome.NOT_SENT,
)
OVERLOADED = FacadeError(
    Code.UNAVAILABLE,
    Reason.UPSTREAM_OVERLOADED,
    "The upstream was overloaded again and again, and is not asked for a moment.",
    outcome=Outcome.NOT_SENT,
)
