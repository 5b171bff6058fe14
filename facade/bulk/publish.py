"""Records in bulk."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from facade.admission import Door, shutting_down
from facade.bulk.item import Item
from facade.bulk.jobs import Jobs
from facade.bulk.seen import Seen
from facade.caller import Caller
from facade.domain.bulk import ItemResult, check_batch, check_ids, wrong_id
from facade.domain.publish import Event, Kind, Record
from facade.errors import FacadeError, Outcome, invalid
from facade.upstreams.publish import PublishApi


@dataclass(frozen=True, slots=True)
class PublishItem:
    """One record of a bulk operation.

    Attributes:
        item_id: the caller's name for it.
        record: an event, or a kind and an open record of it; or why it is neither, to be told as the item's result.

    """

    item_id: str
    record: Event | tuple[Kind, Record] | FacadeError


class BulkPublish:
    """Publishes batches and streams of records."""

    def __init__(self, api: PublishApi, jobs: Jobs, door: Door) -> None:
        self._api = api
        self._jobs = jobs
        self._door = door

    async def batch(self, items: list[PublishItem], caller: Caller) -> list[ItemResult]:
        """The results of 1 to MAX_ITEMS records with different ids, in their order."""
        check_batch("items", len(items))
        check_ids("items", (item.item_id for item in items))
        return await self._jobs.all(
            "PublishService/PublishBatch", caller, caller.iem, [self._item(item) for item in items]
        )

    async def stream(self, items: AsyncIterator[PublishItem], caller: Caller) -> AsyncGenerator[ItemResult, None]:
        """A result for each record, in any order, for as long as `items` come."""
        job = self._jobs.job("PublishService/PublishStream", caller, caller.iem)
        with self._door.watched(lambda: job.cut(shutting_down(Outcome.NOT_SENT))):
            if self._door.closing:
                job.cut(shutting_down(Outcome.NOT_SENT))
            async with aclosing(job.results(self._items(items), endless=True)) as results:
                async for result in results:
                    yield result

    async def _items(self, items: AsyncIterator[PublishItem]) -> AsyncGenerator[Item | ItemResult, None]:
        seen = Seen()
        async for item in items:
            problem = wrong_id(item.item_id) or seen.repeated(item.item_id)
            if problem:
                yield ItemResult(item.item_id, error=invalid("item.item_id", problem))
            else:
                yield self._item(item)

    def _item(self, item: PublishItem) -> Item:
        match item.record:
            case Event() as event:
                return Item(item.item_id, partial(self._api.publish_event, event))
            case (kind, record):
                return Item(item.item_id, partial(self._api.publish_record, kind, record, kind.value))
            case error:
                return Item(item.item_id, partial(failing, error))


async def failing(error: FacadeError, _caller: Caller) -> str:
    """An item that cannot be sent."""
    raise error
