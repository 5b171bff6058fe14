"""Where a subscription's results go, whichever way its client has come."""

from collections.abc import Mapping
from typing import Any, Protocol

from facade.graphql.answer import Answer


class Sink(Protocol):
    """Where an operation's results go. Each method returns when the client has room for more.

    ClientGoneError if there is no client any more.

    Attributes:
        ended: whether the last word has been said.

    """

    ended: bool

    async def begin(self) -> None:
        """There will be results, or at least an end."""

    async def next(self, content: Mapping[str, Any]) -> None:
        """A result."""

    async def end(self, answer: Answer) -> None:
        """The last result or errors, if `answer` has any, and that there will be no more."""
