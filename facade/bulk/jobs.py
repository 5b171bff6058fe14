"""The jobs of one upstream: all its bulk operations share one lane."""

from collections.abc import Sequence
from contextlib import aclosing

from facade.bulk.engine import Job
from facade.bulk.intake import each
from facade.bulk.item import Item
from facade.bulk.lane import Lane
from facade.caller import Caller, Credentials
from facade.domain.bulk import ItemResult
from facade.upstreams.fingerprints import Fingerprints


class Jobs:
    """Makes jobs.

    Args:
        places: the most calls of bulk operations to the upstream at a time, of all callers together.
        item_time: seconds that a call for one item may take.

    """

    def __init__(self, places: int, item_time: float) -> None:
        self._lane = Lane(places, patience=item_time)
        self._item_time = item_time
        self._fingerprints = Fingerprints()

    def job(self, caller: Caller, credentials: Credentials | None) -> Job:
        """A job of the caller with these credentials, which are all callers' where they are the facade's own."""
        name = caller.known.name if caller.known else ""
        return Job(self._lane, (name, self._fingerprints.of(credentials)), caller, self._item_time)

    async def all(self, caller: Caller, credentials: Credentials | None, items: Sequence[Item]) -> list[ItemResult]:
        """The results of `items`, whose ids are all different, in their order."""
        found: dict[str, ItemResult] = {}
        async with aclosing(self.job(caller, credentials).results(each(items))) as results:
            async for result in results:
                found[result.item_id] = result
        return [found[item.id] for item in items]
