"""HTTP/1.1 connections of which a request can be answered as soon as its head is there, without being served."""

import asyncio
import re
from typing import Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from facade.patience import Watched

GRAPHQL = b"/graphql"
Fields = list[tuple[bytes, bytes]]
# A request that came in one piece: its head, of which these headers say what is looked at here, and its body.
LINE = b"POST /graphql HTTP/1.1\r\n"
END = b"\r\n\r\n"
TELLING = re.compile(
    rb"\r\n((?:content-length|accept|x-request-id|transfer-encoding|connection|upgrade|expect)[ \t]*):[ \t]*([^\r\n]*)",
    re.IGNORECASE,
)
TOLD = {b"content-length", b"accept", b"x-request-id"}  # the others leave more to do than to answer


class TurnedAway(Protocol):
    """Answers requests to GRAPHQL that are not to be served."""

    @property
    def congested(self) -> bool:
        """Whether there is an answer for any."""

    def __call__(self, headers: Fields) -> bytes | None:
        """What a request's headers say to: the whole answer, or None if it is to be served. To be asked once."""


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
    _let_in = False  # `turned_away` was asked, and lets it in

    def data_received(self, data: bytes) -> None:
        """Answers a whole request at once where that is all there is to do; reads on otherwise."""
        away = type(self).turned_away
        if away.congested and self._between() and (headers := whole(data)) is not None:
            answer = away(headers)
            if answer is not None:
                self._unset_keepalive_if_required()
                self.lively()
                self.transport.write(answer)
                return
            self._let_in = True
        super().data_received(data)
        self._let_in = False

    def on_headers_complete(self) -> None:
        """Answers at once, or serves."""
        if not (self.url == GRAPHQL and self._answered()):
            super().on_headers_complete()

    def _between(self) -> bool:
        """Whether all that came is read and answered."""
        before = self._request
        return not self._coming and before is not None and before.response_complete and not before.more_body

    def _answered(self) -> bool:
        """Whether the request was answered, which none before it may be waiting for."""
        before = self._request
        if self._let_in or self.parser.should_upgrade() or (before is not None and not before.response_complete):
            return False
        answer = type(self).turned_away(self.headers)
        if answer is None:
            return False
        self._coming = 0
        self.cycle = Answered(self)
        self.transport.write(answer)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        return True


def whole(data: bytes) -> Fields | None:
    """The headers that matter, of what is one whole request to GRAPHQL and nothing else; None if it may be another.

    Reading it with the parser would take longer than all that is done to refuse it.
    """
    if not data.startswith(LINE):
        return None
    end = data.find(END)
    lines = data.count(b"\r\n", 0, end)
    if not lines == data.count(b"\r", 0, end) == data.count(b"\n", 0, end) or b"\0" in data[:end]:
        return None
    headers = [(name.lower(), value) for name, value in TELLING.findall(data, len(LINE) - 2, end)]
    lengths = [value for name, value in headers if name == b"content-length"]
    if not all(name in TOLD for name, _ in headers) or len(lengths) != 1 or not lengths[0].isdigit():
        return None
    return headers if int(lengths[0][:9]) == len(data) - end - len(END) else None
