"""The load's side of HTTP/2 for gRPC calls, each request a few copied bytes.

A library would take more of the core than the servers that are measured. What is left out is what these clients do not
need: priorities, and the sending side's window, which no request here comes near to.
"""

import struct
from typing import NamedTuple

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
ACK = END_STREAM = 1
END_HEADERS = 4
INITIAL_WINDOW_SIZE = 4
WINDOW = 2**31 - 1
DEFAULT_WINDOW = 65_535
RENEW = 2**30  # bytes received after which the connection's window is opened again
HEAD = 9
PREFIX = 5  # bytes before a message of gRPC: whether it is compressed, and its length
DYNAMIC = 62  # the number of the last header that went into a connection's table


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame (RFC 9113 section 4.1)."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


class Call(NamedTuple):
    """A unary call.

    Attributes:
        block: its headers, which go into no table (RFC 7541 section 6.2.2).
        data: the payload of its DATA frame.
        first: the same headers, which go into the connection's table (section 6.2.1).
        again: the headers of the next calls after a `first`, which are in that table (section 6.1).

    """

    block: bytes
    data: bytes
    first: bytes
    again: bytes


def counted(text: bytes) -> bytes:
    """A string of HPACK: its length in a prefix of seven bits, and its bytes as they are."""
    most = 0x7F
    if len(text) < most:
        return bytes([len(text)]) + text
    rest = len(text) - most
    length = bytearray([most])
    while rest > most:
        length.append(rest & most | 0x80)
        rest >>= 7
    length.append(rest)
    return bytes(length) + text


def call(path: str, authorization: str, message: bytes) -> Call:
    """A unary call."""
    headers = {
        ":method": "POST",
        ":scheme": "http",
        ":path": path,
        ":authority": "localhost",
        "te": "trailers",
        "content-type": "application/grpc",
        "user-agent": "benchmark",
        "grpc-timeout": "20S",
        "authorization": authorization,
    }
    fields = [counted(name.encode()) + counted(value.encode()) for name, value in headers.items()]
    return Call(
        b"".join(b"\x00" + field for field in fields),
        struct.pack(">BI", 0, len(message)) + message,
        b"".join(b"\x40" + field for field in fields),
        bytes(0x80 | DYNAMIC + number for number in reversed(range(len(fields)))),
    )


class Frames:
    """A connection's frames: what to open it with, what has come, and what to say to that. Knows nothing of sockets."""

    opening = (
        PREFACE
        + frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, WINDOW))
        + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WINDOW - DEFAULT_WINDOW))
    )

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._received = 0

    def heard(self, data: bytes) -> tuple[bytes, list[tuple[int, int, int, bytes]]]:
        """What to send back, and the frames that are whole: type, flags, stream, payload.

        ConnectionError if the server ends the connection.
        """
        self._buffer += data
        back, frames = b"", []
        while len(self._buffer) >= HEAD:
            length = int.from_bytes(self._buffer[:3], "big")
            if len(self._buffer) < HEAD + length:
                break
            kind, flags, stream = struct.unpack_from(">BBI", self._buffer, 3)
            payload = bytes(self._buffer[HEAD : HEAD + length])
            del self._buffer[: HEAD + length]
            back += self._reply(kind, flags, payload)
            frames.append((kind, flags, stream, payload))
        return back, frames

    def _reply(self, kind: int, flags: int, payload: bytes) -> bytes:
        if kind == GOAWAY:
            raise ConnectionError("the server has ended the connection")
        if kind == SETTINGS and not flags & ACK:
            return frame(SETTINGS, ACK, 0)
        if kind == PING and not flags & ACK:
            return frame(PING, ACK, 0, payload)
        if kind == DATA:
            self._received += len(payload)
            if self._received > RENEW:
                self._received, more = 0, self._received
                return frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", more))
        return b""


class Http2:
    """A connection with one call in flight."""

    opening = Frames.opening

    def __init__(self) -> None:
        self._frames = Frames()
        self._stream = -1
        self._body = bytearray()

    def request(self, call: Call) -> bytes:
        """What sends a call."""
        self._stream += 2
        self._body.clear()
        return frame(HEADERS, END_HEADERS, self._stream, call.block) + frame(DATA, END_STREAM, self._stream, call.data)

    def received(self, data: bytes) -> tuple[bytes, bytes | None]:
        """What to send back, and the body of the answer if it is complete.

        ConnectionError if the server ends the connection, or the call.
        """
        back, frames = self._frames.heard(data)
        done = None
        for kind, flags, stream, payload in frames:
            if stream != self._stream:
                continue
            if kind == RST_STREAM:
                raise ConnectionError("the server has reset the call")
            if kind == DATA:
                self._body += payload
            if kind in {DATA, HEADERS} and flags & END_STREAM:
                done = bytes(self._body)
        return back, done
