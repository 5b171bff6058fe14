"""What a plan has led to so far, and how the plain executor goes on from there."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLResolveInfo, OperationType

from facade.errors import ended


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What root fields led to, by their key in the answer. Of a field that is nowhere here nothing is known.

    Attributes:
        results: what was returned.
        errors: what was raised.
        order: both, as they came.
        stopped: fields that were cancelled, or came too late, since the answer has no data without another field.

    """

    results: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    stopped: frozenset[str] = frozenset()

    def cut(self, required: Collection[str]) -> frozenset[str]:
        """Forgets what came after the first error of a `required` field, and says which fields that were.

        Nobody is told of them; graphql-core's executor would hold what they raised, and that the executor.
        """
        first = next((place for place, key in enumerate(self.order) if key in required and key in self.errors), None)
        late = [] if first is None else self.order[first + 1 :]
        del self.order[len(self.order) - len(late) :]
        for key in late:
            self.results.pop(key, None)
            if (error := self.errors.pop(key, None)) is not None:
                ended(error)
        return frozenset(late)

    def forget(self) -> None:
        """Lets go of all when there is an answer: graphql-core's executor refers to itself, and this is within it."""
        for error in self.errors.values():
            ended(error)
        self.results.clear()
        self.errors.clear()


class UnfinishedError(Exception):
    """The plan did not lead to the end."""

    def __init__(self, outcomes: Outcomes) -> None:
        super().__init__()
        self.outcomes = outcomes


def known(proceed: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """graphql-core's middleware for going on where a plan left off: what was resolved is not resolved again.

    What a mutation's fields lead to from there on is noted: it has taken effect, whatever happens to the answer.
    """
    outcomes: Outcomes = info.context.outcomes
    key = str(info.path.key)
    if info.path.prev is None:
        if key in outcomes.results or key in outcomes.errors:
            return again(key, outcomes)
        if key in outcomes.stopped:
            return asyncio.get_running_loop().create_future()
        if info.operation.operation is OperationType.MUTATION and not info.field_name.startswith("__"):
            return noted(key, proceed(source, info, **arguments), outcomes)
    return proceed(source, info, **arguments)


async def noted(key: str, result: Any, outcomes: Outcomes) -> Any:
    """What the field leads to."""
    outcomes.results[key] = found = await result if isinstance(result, Awaitable) else result
    return found


async def again(key: str, outcomes: Outcomes) -> Any:
    """What the field led to, in the order in which it came: an error tells no more of what would have come later."""
    for _ in range([*outcomes.order].index(key)):
        await asyncio.sleep(0)
    if key in outcomes.errors:
        raise outcomes.errors[key]
    return outcomes.results[key]
