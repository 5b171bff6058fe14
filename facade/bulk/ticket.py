"""Ticket updates in bulk."""

from functools import partial

from facade.bulk.item import Item
from facade.bulk.jobs import Jobs
from facade.caller import Caller
from facade.domain.bulk import ItemResult, check_batch, check_unique
from facade.domain.ticket import TicketUpdate
from facade.upstreams.ticket import TicketApi


class BulkTickets:
    """Updates batches of tickets."""

    def __init__(self, api: TicketApi, jobs: Jobs) -> None:
        self._api = api
        self._jobs = jobs

    async def update(self, updates: list[TicketUpdate], caller: Caller) -> list[ItemResult]:
        """The results of 1 to MAX_ITEMS updates of different tickets, in their order."""
        check_batch("updates", len(updates))
        check_unique("updates", ".sys_id", (update.sys_id for update in updates))
        items = [Item(update.sys_id, partial(self._api.update, update)) for update in updates]
        return await self._jobs.all("TicketService/UpdateTickets", caller, caller.iem, items)
