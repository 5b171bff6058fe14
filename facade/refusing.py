"""HTTP/1.1 connections of which a request can be answered as soon as its head is there, without being served."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from facade.patience import Watched

GRAPHQL = b"/graphql"
# What the headers of a request to GRAPHQL say to: the whole answer, or None if it is to be served.
TurnedAway: TypeAlias = Callable[[list[tuple[bytes, bytes]]], bytes | None]


class Answered(RequestResponseCycle):
    """A request that has been answered: what is left of it is waited for, as of any other, and dropped."""

    def __init__(self, connection: HttpToolsProtocol) -> None:
        self.scope = connection.scope
        self.response_complete = self.response_started = self.more_body = True
        self.chunked_encoding = self.disconnected = False
        self.keep_alive = True
        self.message_event = asyncio.Event()


class Refusing(Watched):
    """A connection that asks `turned_away` about each request; to be set by whoever makes a class of it."""

    turned_away: TurnedAway

    def on_headers_complete(self) -> None:
        """Answers at once, or serves."""
        if not (self.url == GRAPHQL and self._answered()):
            super().on_headers_complete()

    def _answered(self) -> bool:
        """Whether the request was answered, which none before it may be waiting for."""
        before = self._request
        if self.parser.should_upgrade() or (before is not None and not before.response_complete):
            return False
        answer = type(self).turned_away(self.headers)
        if answer is None:
            return False
        self._coming = 0
        self.cycle = Answered(self)
        self.transport.write(answer)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        return True
