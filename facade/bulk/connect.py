"""Puts the bulk operations together."""

from dataclasses import dataclass

from facade.admission import Door
from facade.bulk.jobs import Jobs
from facade.bulk.provisioning import BulkUsers
from facade.bulk.publish import BulkPublish
from facade.bulk.sync import Sync
from facade.bulk.ticket import BulkTickets
from facade.meters import UNMETERED, Meters
from facade.upstreams.connect import Upstreams


@dataclass(frozen=True, slots=True)
class Bulk:
    """All bulk operations that a face can call."""

    publish: BulkPublish
    tickets: BulkTickets
    users: BulkUsers
    sync: Sync


def over(upstreams: Upstreams, door: Door, *, places: int, item_time: float, meters: Meters = UNMETERED) -> Bulk:
    """The bulk operations over `upstreams`.

    `places` is how many of their calls each upstream gets at a time, and `item_time` the seconds that one may take.
    """
    publish, tickets, users = (Jobs(places, item_time, meters) for _ in range(3))
    return Bulk(
        publish=BulkPublish(upstreams.publish, publish, door),
        tickets=BulkTickets(upstreams.ticket, tickets),
        users=BulkUsers(upstreams.provisioning, users),
        sync=Sync(upstreams.provisioning, users),
    )
