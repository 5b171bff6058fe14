"""One HTTP/1.1 connection to an upstream. httptools (llhttp, strict) reads the answers; limits and doubts are ours.

A connection whose state is in any doubt is closed and not used again: after an answer that breaks a rule, with bytes
that nobody asked for, or when its call was given up.
"""

import asyncio
import math
import time
from dataclasses import dataclass, field
from typing import cast

import httptools
import httpx

MAX_HEAD = 65_536  # bytes of header names and values in one answer, and of what comes beside its body
IN_CHUNKS = 6  # bytes for each of a body's, at worst: chunks of one byte, without extensions
SWITCHING = 101
FIRST_FINAL = 200
FIRST_STATUS = 100
FRAMING = frozenset({b"content-length", b"transfer-encoding"})
Headers = list[tuple[bytes, bytes]]


class AnswerRefusedError(httpx.DecodingError):
    """The answer breaks one of our limits, or cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; names of headers in lower case."""

    status: int
    headers: Headers = field(repr=False)  # here a token may be, and in the body
    body: bytes = field(repr=False)


class Connection(asyncio.Protocol):
    """Carries one exchange at a time.

    Args:
        max_answer: the most bytes of an answer's body as sent.

    Attributes:
        idle_since: when the last exchange ended, on the clock of time.monotonic.
        old_at: when it is too old to be kept, on the same clock.

    """

    def __init__(self, *, max_answer: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._max_answer = max_answer
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None
        self._sound = True
        self._await_head()
        self.idle_since = 0.0
        self.old_at = math.inf

    @property
    def reusable(self) -> bool:
        """Whether another exchange may follow. A transport closes before it says that the connection is lost."""
        return self._sound and not self._transport.is_closing()

    async def exchange(self, request: bytes) -> Answer:
        """Sends a whole request and reads the whole answer. Raises httpx.TransportError or AnswerRefusedError.

        ConnectError says that nothing was sent: a connection may end while its opener has yet to be woken up, and one
        that is lost already would never be told so again.
        """
        if not self.reusable:
            raise httpx.ConnectError("the connection ended before the request was sent")
        self._fed = 0
        self._size = 0
        self._answer = self._loop.create_future()
        self._transport.write(request)
        try:
            return await self._answer
        except BaseException:
            self.close()
            raise
        finally:
            self._answer = None
            self.idle_since = time.monotonic()

    def close(self) -> None:
        """Closes the connection at once."""
        self._sound = False
        self._transport.abort()

    @property
    def socket(self) -> int:
        """The file descriptor."""
        return int(self._transport.get_extra_info("socket").fileno())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not derive from it

    def data_received(self, data: bytes) -> None:
        """Reads on."""
        if self._answer is None or self._answer.done():  # nobody asked
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._stop(unreadable(error))
        else:
            # Interim answers, trailers and what chunks say beside their length have no end of their own.
            self._fed += len(data)
            if self._fed - IN_CHUNKS * self._size > MAX_HEAD:
                self._stop(AnswerRefusedError("the answer's headers are too large"))

    def eof_received(self) -> None:
        """The end of the connection, which is the end of an answer that does not say how long it is."""
        self._sound = False
        if self._head_read and not any(name in FRAMING for name, _ in self._headers):
            self._done()
        else:  # at once: the transport would first wait until the request is sent
            self._stop(httpx.ReadError("the upstream closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        """No answer comes any more."""
        lost = httpx.ReadError("connection lost while waiting for the answer")
        lost.__cause__ = exc
        self._stop(lost)

    def _stop(self, error: Exception) -> None:
        """Ends the exchange, unless its answer is already there, and the connection."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self.close()

    def _await_head(self) -> None:
        """Forgets the last answer, or interim one: the end of the connection must not be taken for its end."""
        self._headers: Headers = []
        self._body = bytearray()  # parts of a few bytes would cost many times as much, each as an object
        self._head_size = 0
        self._head_read = False

    # What httptools calls, in this order.

    def on_message_begin(self) -> None:
        """The head begins; of an answer too many, if the exchange already has one."""
        if self._answer is None or self._answer.done():
            self._sound = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or after the body a trailer, which is dropped."""
        self._head_size += len(name) + len(value)
        if self._head_size > MAX_HEAD:
            self._stop(AnswerRefusedError("the answer's headers are too large"))
        elif not self._head_read:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._head_read = True
        status = self._parser.get_status_code()
        if status < FIRST_STATUS or status == SWITCHING:
            self._stop(httpx.RemoteProtocolError("not an HTTP answer"))

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        self._size += len(part)
        if self._size > self._max_answer:
            self._stop(AnswerRefusedError("the answer is too large"))
        else:
            self._body += part

    def on_message_complete(self) -> None:
        """The answer is complete, unless it was an interim one (RFC 9110 section 15.2)."""
        status = self._parser.get_status_code()
        if status >= FIRST_FINAL:
            # A request that was not wholly read was answered early: what is left of it would be taken for the next.
            unsent = self._transport.get_write_buffer_size() > 0
            self._sound = self._sound and self._parser.should_keep_alive() and not unsent
            self._done()
        self._await_head()

    def _done(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Answer(self._parser.get_status_code(), self._headers, bytes(self._body)))


def unreadable(error: Exception) -> httpx.TransportError | AnswerRefusedError:
    """What an answer is that the parser refuses; its words for lengths that contradict each other are these two."""
    if "Duplicate Content-Length" in str(error) or "can't be present with" in str(error):
        return AnswerRefusedError("the answer's length is ambiguous (RFC 9112 section 6.3)")
    return httpx.RemoteProtocolError("not an HTTP answer")
