"""One operation's side of a WebSocket connection."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from facade.errors import Code, FacadeError, Outcome, Reason
from facade.graphql.answer import Answer

MOST_OPERATIONS = 32  # of one connection at a time


class Subscriber:
    """The Sink of an operation.

    Args:
        id_: the client's name for the operation.
        send: sends a message when the connection has room for it. ClientGoneError if it has ended.

    Attributes:
        told: what those who are told of its end are told beside how it ended: `operation` and `caller`, once known.

    """

    def __init__(self, id_: str, send: Callable[[Mapping[str, Any]], Awaitable[None]]) -> None:
        self.id = id_
        self.ended = False
        self.told: dict[str, str] = {}
        self._send = send

    async def begin(self) -> None:
        """The protocol has no word for it."""

    async def next(self, content: Mapping[str, Any]) -> None:
        """Sends a result."""
        await self._send({"id": self.id, "type": "next", "payload": content})

    async def end(self, answer: Answer) -> None:
        """Sends what is left to say. Errors of an operation that was not executed, or was broken off, are its end."""
        if answer.content and "data" not in answer.content:
            self.ended = True
            await self._send({"id": self.id, "type": "error", "payload": answer.content["errors"]})
            return
        if answer.content:
            await self.next(answer.content)
        self.ended = True
        await self._send({"id": self.id, "type": "complete"})


def too_many() -> FacadeError:
    """The connection has as many operations as it may."""
    text = f"A connection can have {MOST_OPERATIONS} operations at a time."
    return FacadeError(Code.RESOURCE_EXHAUSTED, Reason.OVERLOADED, text, retry_after=1.0, outcome=Outcome.NOT_SENT)
