"""The callers of one lane, and how much each has been served.

Having been served little earns a head start, but a limited one: a small job is not held up by a large one, and nobody
can save up enough, by being away, idle or paused, to hold up all others.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from facade.bulk.pace import Pace

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

    def join(self, caller: object, places: int) -> Share:
        """The share of the caller with this key, for one more job."""
        self._forget()
        share = self._shares.get(caller)
        if share is None:
            share = self._shares[caller] = Share(Pace(places))
        share.jobs += 1
        return share

    def serve(self, share: Share) -> None:
        """The caller has a place for one call more."""
        share.served = self.standing(share) + 1
        self._level = max(self._level, share.served)

    def standing(self, share: Share) -> int:
        """How much the caller counts as having had: never further behind than the head start."""
        return max(share.served, self._level - HEAD_START)

    def _forget(self) -> None:
        """Drops callers whom it makes no difference to have known."""
        busy = any(share.jobs for share in self._shares.values())
        for caller, share in list(self._shares.items()):
            idle = not share.jobs and not share.in_flight
            if idle and (not busy or share.served <= self._level - HEAD_START):
                del self._shares[caller]
