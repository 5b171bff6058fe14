"""updateTicket and updateTickets."""

from typing import Annotated

import strawberry

from facade.domain.ticket import TicketUpdate
from facade.graphql.context import Info
from facade.graphql.described import input_
from facade.graphql.results import ItemResult, item_results

TicketUpdateInput = input_(TicketUpdate, "TicketUpdateInput")


@strawberry.type(description="What the Integration API said.")
class UpdateTicketPayload:
    """The answer to a ticket's update."""

    message: str = strawberry.field(description='The upstream\'s sentence, "Success".')


@strawberry.type
class TicketMutation:
    """Updates tickets, one or many."""

    @strawberry.mutation(description="Sets the state of the IEM actionable that belongs to a ticket.")
    async def update_ticket(
        self, info: Info, update: Annotated[TicketUpdate, strawberry.argument(description="The new state.")]
    ) -> UpdateTicketPayload:
        """Updates a ticket."""
        message = await info.context.upstreams.ticket.update(update, info.context.caller)
        return UpdateTicketPayload(message=message)

    @strawberry.mutation(description="Updates 1 to 1000 different tickets side by side: a result each, in their order.")
    async def update_tickets(
        self,
        info: Info,
        updates: Annotated[list[TicketUpdate], strawberry.argument(description="The new states, each ticket once.")],
    ) -> list[ItemResult]:
        """Updates tickets."""
        return item_results(await info.context.bulk.tickets.update(updates, info.context.caller))
