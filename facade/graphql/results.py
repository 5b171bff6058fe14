"""Results of bulk operations as GraphQL."""

from collections.abc import Iterable

import strawberry

from facade.domain import bulk
from facade.errors import FacadeError
from facade.graphql.errors import message


@strawberry.type(description="Why an item is not done: what the operation for a single item would have failed with.")
class ItemError:
    """A FacadeError as a value."""

    code: str = strawberry.field(description="What kind of failure, as in `extensions.code` of an error.")
    reason: str = strawberry.field(description="Which one, as in `extensions.reason`. NOT_ATTEMPTED: it was not sent.")
    message: str = strawberry.field(description="The failure in a sentence.")
    retryable: bool = strawberry.field(description="Whether repeating the item is safe and may help.")


@strawberry.type(description="What became of one item of a bulk operation.")
class ItemResult:
    """A domain ItemResult, told as GraphQL tells errors."""

    item_id: str = strawberry.field(
        description="The item's identity: the `itemId` of a record, the `sysId` of a ticket, the address of a user."
    )
    ok: bool = strawberry.field(description="Whether it is done: the upstream has acknowledged it.")
    message: str = strawberry.field(
        description='What was done: the upstream\'s sentence; of users "added", "replaced" or "deleted". Else empty.'
    )
    error: ItemError | None = strawberry.field(description="Why it is not done; null if it is.")


def item_result(result: bulk.ItemResult) -> ItemResult:
    """A result."""
    return ItemResult(
        item_id=result.item_id,
        ok=result.error is None,
        message=result.message,
        error=None if result.error is None else item_error(result.error),
    )


def item_results(results: Iterable[bulk.ItemResult]) -> list[ItemResult]:
    """Results in their order."""
    return [item_result(result) for result in results]


def item_error(error: FacadeError) -> ItemError:
    """The failure of an item, with fields named as GraphQL names them."""
    return ItemError(
        code=error.code.value, reason=error.reason.value, message=message(error), retryable=error.retryable
    )
