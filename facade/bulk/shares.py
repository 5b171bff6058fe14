"""The callers of one lane, and how much each has been served.

Having been served little earns a head start, but a limited one: a small job is not held up by a large one, and nobody
can save up enough, by being away, idle or paused, to hold up all others.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from facade.bulk.pace import Pace

MOST_KEPT = 1000  # callers without a job, while others have jobs; who came first is forgotten first
HEAD_START = 1000  # calls: a whole batch of a caller who comes now and then goes ahead of a stream that never ends


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


class Shares:
    """All callers of a lane."""

    def __init__(self) -> None:
        self._shares: dict[object, Share] = {}
        self._level = 0  # `served` of the caller who has been served most
        self._jobs = 0  # of all callers
        self._many = 2 * MOST_KEPT  # callers, from which on some are forgotten; to look at each join would cost much

    def join(self, caller: object, places: int) -> Share:
        """The share of the caller with this key, for one more job."""
        if not self._jobs or len(self._shares) >= self._many:
            self._forget()
            self._many = len(self._shares) + MOST_KEPT
        share = self._shares.get(caller)
        if share is None:
            share = self._shares[caller] = Share(Pace(places))
        share.jobs += 1
        self._jobs += 1
        return share

    def leave(self, share: Share) -> None:
        """A job of the caller has ended."""
        share.jobs -= 1
        self._jobs -= 1

    def serve(self, share: Share) -> None:
        """The caller has a place for one call more."""
        share.served = self.standing(share) + 1
        self._level = max(self._level, share.served)

    def standing(self, share: Share) -> int:
        """How much the caller counts as having had: never further behind than the head start."""
        return max(share.served, self._level - HEAD_START)

    def __len__(self) -> int:
        """How many callers are known."""
        return len(self._shares)

    def _forget(self) -> None:
        """Drops callers whom it makes no difference to have known, and others if there are too many."""
        idle = [caller for caller, share in self._shares.items() if not share.jobs and not share.in_flight]
        kept = [caller for caller in idle if self._jobs and self._shares[caller].served > self._level - HEAD_START]
        for caller in set(idle) - set(kept[-MOST_KEPT:]):
            del self._shares[caller]
