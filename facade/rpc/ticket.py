"""TicketService."""

from facade.bulk.ticket import BulkTickets
from facade.caller import Caller
from facade.domain.ticket import TicketUpdate
from facade.errors import invalid
from facade.rpc.results import message
from facade.upstreams.ticket import TicketApi
from facade.v1 import ticket_pb2 as pb


class TicketService:
    """Updates tickets. See protos/facade/v1/ticket.proto."""

    def __init__(self, api: TicketApi, bulk: BulkTickets) -> None:
        self._api = api
        self._bulk = bulk

    async def UpdateTicket(self, request: pb.UpdateTicketRequest, caller: Caller) -> pb.UpdateTicketResponse:
        """Sets the state of a ticket's actionable."""
        if not request.HasField("update"):
            raise invalid("update", "is required")
        return pb.UpdateTicketResponse(message=await self._api.update(update(request.update), caller))

    async def UpdateTickets(self, request: pb.UpdateTicketsRequest, caller: Caller) -> pb.UpdateTicketsResponse:
        """Sets the states of up to a thousand."""
        results = await self._bulk.update([update(each) for each in request.updates], caller)
        return pb.UpdateTicketsResponse(results=[message(each, caller) for each in results])


def update(given: pb.TicketUpdate) -> TicketUpdate:
    """The update of one ticket."""
    return TicketUpdate(customer_id=given.customer_id, sys_id=given.sys_id, state=given.state)
