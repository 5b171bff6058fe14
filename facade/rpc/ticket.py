"""TicketService."""

from facade.caller import Caller
from facade.domain.ticket import TicketUpdate
from facade.errors import invalid
from facade.upstreams.ticket import TicketApi
from facade.v1 import ticket_pb2 as pb


class TicketService:
    """Updates tickets. See protos/facade/v1/ticket.proto."""

    def __init__(self, api: TicketApi) -> None:
        self._api = api

    async def UpdateTicket(self, request: pb.UpdateTicketRequest, caller: Caller) -> pb.UpdateTicketResponse:
        """Sets the state of a ticket's actionable."""
        if not request.HasField("update"):
            raise invalid("update", "is required")
        message = request.update
        update = TicketUpdate(customer_id=message.customer_id, sys_id=message.sys_id, state=message.state)
        return pb.UpdateTicketResponse(message=await self._api.update(update, caller))
