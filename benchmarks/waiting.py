"""Connections for a load that does not wait for its answers: how many requests each may have in flight, and their ends.

Over HTTP/1.1 that is one. A client of gRPC has all its calls on one connection, and sends what their headers have in
common once.
"""

import math
import struct
from typing import Any, Protocol

from benchmarks.http2 import DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, Call, Frames, frame
from benchmarks.load import Wire

CANCEL = 8
ERRORS = b'"errors":'  # of GraphQL, beside data
STREAMS = 100  # that most servers allow a connection


class Waiting(Protocol):
    """One protocol's bytes on one connection.

    Attributes:
        opening: what to send first.
        room: requests in flight.
        deadline: seconds after which a request is given up.

    """

    opening: bytes
    room: int
    deadline: float

    def request(self, prepared: Any) -> tuple[int, bytes]:
        """The number of a request on this connection, and what sends it."""

    def received(self, data: bytes) -> tuple[bytes, list[tuple[int, bool]]]:
        """What to send back, and the numbers of those that have ended, each with whether it was served."""

    def give_up(self, number: int) -> bytes:
        """What ends a request whose time is over."""


class One:
    """A request at a time. It is never given up: the connection would be lost."""

    room = 1
    deadline = math.inf

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.opening = wire.opening

    def request(self, prepared: Any) -> tuple[int, bytes]:
        """There is no other, so that it needs no number."""
        return 0, self._wire.request(prepared)

    def received(self, data: bytes) -> tuple[bytes, list[tuple[int, bool]]]:
        """An answer without a body is a refusal, and one with errors none that counts."""
        back, body = self._wire.received(data)
        return back, [] if body is None else [(0, bool(body) and ERRORS not in body)]

    def give_up(self, number: int) -> bytes:
        """Is not asked for."""
        raise NotImplementedError


class Streams:
    """Calls of gRPC."""

    opening = Frames.opening
    room = STREAMS

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self._frames = Frames()
        self._last = -1
        self._answered: set[int] = set()  # a message has come

    def request(self, prepared: Call) -> tuple[int, bytes]:
        """All of a connection have the same headers."""
        self._last += 2
        block = prepared.first if self._last == 1 else prepared.again
        return self._last, (
            frame(HEADERS, END_HEADERS, self._last, block) + frame(DATA, END_STREAM, self._last, prepared.data)
        )

    def received(self, data: bytes) -> tuple[bytes, list[tuple[int, bool]]]:
        """A call that ends without a message, or is reset, was refused."""
        back, frames = self._frames.heard(data)
        ended = []
        for kind, flags, stream, _ in frames:
            if kind == DATA:
                self._answered.add(stream)
            if kind == RST_STREAM or (kind in {DATA, HEADERS} and flags & END_STREAM):
                ended.append((stream, stream in self._answered))
                self._answered.discard(stream)
        return back, ended

    def give_up(self, number: int) -> bytes:
        """Resets it; an answer that is under way is not counted."""
        return frame(RST_STREAM, 0, number, struct.pack(">I", CANCEL))
