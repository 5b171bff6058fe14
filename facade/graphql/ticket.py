"""updateTicket."""

from typing import Annotated

import strawberry

from facade.domain.ticket import TicketUpdate
from facade.graphql.context import Info
from facade.graphql.described import input_

TicketUpdateInput = input_(TicketUpdate, "TicketUpdateInput")


@strawberry.type(description="What the Integration API said.")
class UpdateTicketPayload:
    """The answer to a ticket's update."""

    message: str = strawberry.field(description='The upstream\'s sentence, "Success".')


@strawberry.type
class TicketMutation:
    """Updates tickets, one a call."""

    @strawberry.mutation(description="Sets the state of the IEM actionable that belongs to a ticket.")
    async def update_ticket(
        self, info: Info, update: Annotated[TicketUpdate, strawberry.argument(description="The new state.")]
    ) -> UpdateTicketPayload:
        """Updates a ticket."""
        message = await info.context.upstreams.ticket.update(update, info.context.caller)
        return UpdateTicketPayload(message=message)
