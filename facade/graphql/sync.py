"""syncUsers: a roster that becomes the account, told as it goes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry
from strawberry import UNSET

from facade.domain import bulk
from facade.domain.provisioning import NewUser
from facade.domain.roster import SyncEvent, SyncOptions, SyncPlan, SyncSummary
from facade.graphql.context import Info
from facade.graphql.described import given, input_, output
from facade.graphql.results import ItemResult, item_result

SyncOptionsInput = input_(SyncOptions, "SyncOptionsInput")
SyncPlanType = output(SyncPlan)
SyncSummaryType = output(SyncSummary)


@strawberry.type(description="What a sync tells: first its plan, then a result for each user, last a summary.")
class SyncUpdate:
    """One of the three is set."""

    plan: SyncPlan | None = strawberry.field(default=None, description="What is about to be done.")
    result: ItemResult | None = strawberry.field(default=None, description="What became of one user.")
    summary: SyncSummary | None = strawberry.field(default=None, description="How it ended. A dry run has none.")


@strawberry.type
class SyncSubscription:
    """Syncs rosters."""

    @strawberry.subscription(
        description="Makes the users of the account those of the roster: at most 50,000, each address once. Writes,"
        " although it is a subscription: ending it early ends the sync, and running it again finishes it."
    )
    async def sync_users(
        self,
        info: Info,
        roster: Annotated[list[NewUser], strawberry.argument(description="The users that the account is to have.")],
        options: Annotated[
            SyncOptions | None, strawberry.argument(description="How far it may go; nothing is deleted unless asked.")
        ] = UNSET,
    ) -> AsyncGenerator[SyncUpdate, None]:
        """The sync's events."""
        context = info.context
        run = context.bulk.sync.run(roster, given(options) or SyncOptions(), context.caller)
        async with aclosing(run) as events:
            async for event in events:
                yield update(event)


def update(event: SyncEvent) -> SyncUpdate:
    """The plan, a result, or the summary."""
    if isinstance(event, bulk.ItemResult):
        return SyncUpdate(result=item_result(event))
    return SyncUpdate(plan=event) if isinstance(event, SyncPlan) else SyncUpdate(summary=event)
