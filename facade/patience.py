"""How long, and for how much, an HTTP client is waited for: uvicorn itself waits for ever.

Nothing is counted a request: each second the server looks at all connections, and what it sees twice, with nothing in
between, has lasted.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

TICK = 1.0  # seconds between two looks
WINDOW = 10.0  # seconds in which a body must have come at its rate
UNREAD = 10.0  # seconds in which a client must take answers that are waiting for it
MAX_HEAD = 64 * 1024  # bytes of a request's line and headers
MAX_HEADERS = 100
MOST_AHEAD = 100  # requests that are sent before the answers to those before them; a packet has room for thousands
FRAMING = 8  # bytes of a chunk's frame for each byte in it: what is above is not sent to send a body


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client is waited for.

    Attributes:
        head: seconds for the head of a request, from the connection or from its first byte; before it, for the
            handshake of TLS.
        idle: seconds for which a connection is kept after an answer.
        body: seconds for a body.
        rate: bytes a second that a body must come at.

    """

    head: float
    idle: float
    body: float
    rate: int


class Phase(Enum):
    """What is waited for."""

    HEAD = auto()
    BODY = auto()
    ANSWER = auto()  # ours
    REQUEST = auto()  # the next one, of which nothing has come
    TAKING = auto()  # the client is to take answers: what is closed is gone when it has, and no other answer can begin


ANEW: tuple[Phase, object] = (Phase.HEAD, None)


class Watched(HttpToolsProtocol):
    """An HTTP/1.1 connection that can be looked at, and whose requests have heads of a bounded size."""

    _since = 0.0  # when the phase began
    _seen = ANEW  # the phase, and the request that it is about
    _coming = 0  # bytes since the last head, or body, was complete
    _received = 0  # bytes of bodies
    _window = (0.0, 0)  # when it began, and `_received` then
    _refusal: HTTPStatus | None = None
    _deaf = False  # what came was no request, and the connection ends with the answers that are due

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begins to wait."""
        super().connection_made(transport)
        self._since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Counts what comes before there is a whole head."""
        if self._deaf:
            return
        self._coming += len(data)
        super().data_received(data)
        if self._coming > MAX_HEAD and not self.transport.is_closing():
            self._weigh()

    def on_headers_complete(self) -> None:
        """Refuses a head that is too large, or one too many; uvicorn calls `send_400_response` for what is raised."""
        if len(self.headers) > MAX_HEADERS or (self._coming > MAX_HEAD and self._head() > MAX_HEAD):
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError
        if len(self.pipeline) >= MOST_AHEAD:
            raise ValueError
        self._coming = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Counts it."""
        self._received += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The next head is counted from here."""
        self._coming = self._received = 0
        super().on_message_complete()
        if (request := self._request) is not None:
            request.more_body = False  # uvicorn leaves it where the answer was faster than the body

    def send_400_response(self, msg: str) -> None:
        """Says what is wrong and closes; after the answers to the requests before it."""
        request = self._request
        if request is not None and request.more_body:
            self._give_up(HTTPStatus.BAD_REQUEST)
        elif request is not None and not request.response_complete:
            self._deaf = True
            request.keep_alive = False
        elif self._refusal is None:
            super().send_400_response(msg)
        else:
            self._refuse(self._refusal)

    def lively(self) -> None:
        """Has the next look wait anew: something came and was answered that `cycle` does not tell of."""
        self._seen = ANEW

    def look(self, now: float, patience: Patience) -> None:
        """Ends what has lasted too long."""
        phase = self._phase()
        about = self.cycle
        if self._seen != (phase, about):
            self._seen = phase, about
            self._window = now, self._received
            self._since = now
        lasted = now - self._since + TICK  # what has lasted until the next look is ended by this one
        if phase is Phase.HEAD and lasted > patience.head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        elif phase is Phase.REQUEST and lasted > patience.idle + TICK:
            self.transport.close()
        elif phase is Phase.BODY and (lasted > patience.body or self._slow(now, patience.rate)):
            self._give_up()
        elif phase is Phase.TAKING and lasted > UNREAD:
            self.transport.abort()

    @property
    def _request(self) -> RequestResponseCycle | None:
        """The last request; uvicorn's type of it does not say that there need be none."""
        return self.cycle

    def _phase(self) -> Phase:
        request = self._request
        if self.transport.is_closing():
            return Phase.TAKING
        if request is not None and not request.response_complete:
            if self.flow.write_paused and not request.chunked_encoding:  # which event streams have: they may wait
                return Phase.TAKING
            return Phase.BODY if request.more_body else Phase.ANSWER
        if request is None or self.scope is not request.scope:
            return Phase.HEAD
        return Phase.BODY if request.more_body else Phase.REQUEST

    def _slow(self, now: float, rate: int) -> bool:
        """Whether less has come in the last window than should have; we may be the ones who do not read."""
        begun, received = self._window
        if self.flow.read_paused:
            self._window = now, self._received
        elif now - begun + TICK > WINDOW:
            self._window = now, self._received
            return self._received - received < rate * (now - begun)
        return False

    def _weigh(self) -> None:
        """Refuses a head, or the frames of a body, that is too large and not complete."""
        phase = self._phase()
        if phase is Phase.HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif phase is Phase.BODY and self._coming > MAX_HEAD + (1 + FRAMING) * self._received:
            self._give_up(HTTPStatus.BAD_REQUEST)

    def _head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _give_up(self, status: HTTPStatus = HTTPStatus.REQUEST_TIMEOUT) -> None:
        """Ends a request whose body does not come; the application learns that its client is gone."""
        if self.cycle.response_started:
            self.transport.close()
        else:
            self._refuse(status)
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    def _refuse(self, status: HTTPStatus) -> None:
        text = f"{status.phrase}\n".encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(text)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + text)
        self.transport.close()


def look(connections: Iterable[object], now: float, patience: Patience) -> None:
    """Looks at those of uvicorn's connections that are ours: WebSockets among them look after themselves."""
    for connection in [each for each in connections if isinstance(each, Watched)]:
        connection.look(now, patience)
