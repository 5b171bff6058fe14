"""The jobs of one upstream: all its bulk operations share one lane."""

from collections.abc import Sequence
from contextlib import aclosing
from functools import partial

from facade.bulk.engine import Job
from facade.bulk.intake import each
from facade.bulk.item import Item
from facade.bulk.lane import Lane
from facade.bulk.results import Results
from facade.caller import Caller, Credentials
from facade.domain.bulk import ItemResult
from facade.meters import UNMETERED, Meters
from facade.upstreams.fingerprints import Fingerprints


class Jobs:
    """Makes jobs.

    Args:
        places: the most calls of bulk operations to the upstream at a time, of all callers together.
        item_time: seconds that a call for one item may take.
        meters: are told of each item that has its result.

    """

    def __init__(self, places: int, item_time: float, meters: Meters = UNMETERED) -> None:
        self._meters = meters
        self._lane = Lane(places, patience=item_time)
        self._item_time = item_time
        self._fingerprints = Fingerprints()

    def job(self, operation: str, caller: Caller, credentials: Credentials | None) -> Job:
        """A job of the caller with these credentials, which are all callers' where they are the facade's own.

        `operation` is what its items are counted as.
        """
        name = caller.known.name if caller.known else ""
        key = name, self._fingerprints.of(credentials)
        return Job(self._lane, key, caller, self._item_time, Results(partial(self._meters.item, operation)))

    async def all(
        self, operation: str, caller: Caller, credentials: Credentials | None, items: Sequence[Item]
    ) -> list[ItemResult]:
        """The results of `items`, whose ids are all different, in their order."""
        found: dict[str, ItemResult] = {}
        async with aclosing(self.job(operation, caller, credentials).results(each(items))) as results:
            async for result in results:
                found[result.item_id] = result
        return [found[item.id] for item in items]
