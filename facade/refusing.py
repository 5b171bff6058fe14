"""HTTP/1.1 connections of which a request can be answered as soon as its head is there, without being served."""

import asyncio
import re
from typing import Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from facade.patience import Watched

GRAPHQL = b"/graphql"
Fields = list[tuple[bytes, bytes]]
NONE: tuple[bytes, int, Fields] = (b"", 0, [])  # a request's head, its size, and the headers that matter
# A request that came in one piece: its head, of which these headers say what is looked at here, and its body.
HEAD = re.compile(rb"POST /graphql HTTP/1\.1(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*)*")
END = b"\r\n\r\n"
TELLING = re.compile(
    rb"\r\n(content-length|accept|x-request-id|transfer-encoding|(?:proxy-)?connection|upgrade|expect):"
    rb"[ \t]*([^\r\n]*)",
    re.IGNORECASE,
)
LENGTH = b"content-length"
DIGITS = 9  # of a length; more are for the parser
REPEATED = 4096  # bytes of a head that is kept, to be compared with the next
TOLD = {b"accept", b"x-request-id"}  # the others leave more to do than to answer


class TurnedAway(Protocol):
    """Answers requests to GRAPHQL that are not to be served."""

    @property
    def congested(self) -> bool:
        """Whether there is an answer for any."""

    def __call__(self, headers: Fields, *, last: bool) -> bytes | None:
        """What a request's headers say to: the whole answer, or None if it is to be served. To be asked once.

        The `last` answer of a connection says that it is.
        """


class Answered(RequestResponseCycle):
    """A request that has been answered: what is left of it is waited for, as of any other, and dropped."""

    def __init__(self, connection: HttpToolsProtocol, *, keep_alive: bool) -> None:
        self.scope = connection.scope
        self.response_complete = self.response_started = self.more_body = True
        self.chunked_encoding = self.disconnected = False
        self.keep_alive = keep_alive
        self.message_event = asyncio.Event()


class Refusing(Watched):
    """A connection that asks `turned_away` about each request; to be set by whoever makes a class of it."""

    turned_away: TurnedAway
    _let_in = False  # `turned_away` was asked, and lets it in
    _known = NONE  # the last request that was looked at without the parser
    _rests = False  # the parser has had nothing since the last request that was refused without it

    @property
    def old(self) -> bool:
        """Whether the connection ends with the next answer: it is time, or its client takes no answers."""
        return self.flow.write_paused

    def data_received(self, data: bytes) -> None:
        """Answers a whole request at once where that is all there is to do; reads on otherwise."""
        away = self.turned_away
        if away.congested and (headers := self._whole(data)) is not None:
            answer = away(headers, last=(last := self.old))
            if answer is not None:
                self._rests = True
                self.lively()
                self.transport.write(answer)
                if last:
                    self._end()
                return
            self._let_in = True
        elif not away.congested:
            self._known = NONE
        self._rests = False
        super().data_received(data)
        self._let_in = False

    def on_headers_complete(self) -> None:
        """Answers at once, or serves."""
        if not (self.url == GRAPHQL and self._answered()):
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Closes after the last request."""
        super().on_message_complete()
        if isinstance(self.cycle, Answered) and not self.cycle.keep_alive:
            self._end()

    def _end(self) -> None:
        """Closes it; what has come already is not read."""
        self._known = NONE
        self._rests = False
        self._deaf = True
        self.transport.close()

    def _whole(self, data: bytes) -> Fields | None:
        """What `whole` says of it, if it is where a request may begin. A client often sends the same head."""
        if not (self._rests or self._between()):
            return None
        head, size, known = self._known
        if len(data) == size and data.startswith(head):
            return known
        headers = whole(data)
        if headers is not None:
            head = data[: data.find(END) + len(END)]
            self._known = (head, len(data), headers) if len(head) <= REPEATED else NONE
        return headers

    def _between(self) -> bool:
        """Whether all that came is read and answered; what waits for the next request is told that it is there."""
        before = self._request
        if before is None or not before.response_complete or before.more_body or self._coming or self._deaf:
            return False
        self._unset_keepalive_if_required()
        return True

    def _answered(self) -> bool:
        """Whether the request was answered, which none before it may be waiting for."""
        before = self._request
        if self._deaf:
            return True
        if self._let_in or self.parser.should_upgrade() or (before is not None and not before.response_complete):
            return False
        answer = self.turned_away(self.headers, last=(last := self.old))
        if answer is None:
            return False
        self._coming = 0
        self.cycle = Answered(self, keep_alive=not last)
        self.transport.write(answer)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        return True


def whole(data: bytes) -> Fields | None:
    """The headers that matter, of what is one whole request to GRAPHQL and nothing else; None if it may be another.

    Reading it with the parser would take longer than all that is done to refuse it.
    """
    end = data.find(END)
    if end < 0 or not HEAD.fullmatch(data, 0, end):
        return None
    headers: Fields = []
    length = None
    for cased, value in TELLING.findall(data, 0, end):
        name = cased.lower()
        if name == LENGTH and length is None and value.isdigit() and len(value) <= DIGITS:
            length = int(value)
        elif name in TOLD:
            headers.append((name, value))
        else:
            return None
    return headers if length == len(data) - end - len(END) else None
