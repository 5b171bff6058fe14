"""The load's side of HTTP/2 for gRPC calls: one call at a time on a connection, each request a few copied bytes.

A library would take more of the core than the servers that are measured. What is left out is what a client with one
call in flight does not need: a dynamic header table, priorities, and the sending side's window, which no request here
comes near to.
"""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
ACK = END_STREAM = 1
END_HEADERS = 4
INITIAL_WINDOW_SIZE = 4
WINDOW = 2**31 - 1
DEFAULT_WINDOW = 65_535
RENEW = 2**30  # bytes received after which the connection's window is opened again
CANCEL = 8
HEAD = 9
PREFIX = 5  # bytes before a message of gRPC: whether it is compressed, and its length
STREAMS = 2**31 - 1


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame (RFC 9113 section 4.1)."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name: str, value: str) -> bytes:
    """A header that goes into no table (RFC 7541 section 6.2.2)."""
    return b"\x00" + counted(name.encode()) + counted(value.encode())


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


def call(path: str, authorization: str, message: bytes) -> tuple[bytes, bytes]:
    """A unary call: the payloads of its two frames."""
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
    block = b"".join(literal(name, value) for name, value in headers.items())
    return block, struct.pack(">BI", 0, len(message)) + message


class Http2:
    """A connection's bytes: what to send, and what has come. Knows nothing of sockets."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._stream = -1
        self._body = bytearray()
        self._received = 0
        self.opening = (
            PREFACE
            + frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, WINDOW))
            + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WINDOW - DEFAULT_WINDOW))
        )

    def request(self, parts: tuple[bytes, bytes]) -> bytes:
        """What sends a call."""
        self._stream += 2
        self._body.clear()
        headers, data = parts
        return frame(HEADERS, END_HEADERS, self._stream, headers) + frame(DATA, END_STREAM, self._stream, data)

    def give_up(self) -> bytes:
        """What ends the call that is in flight."""
        return frame(RST_STREAM, 0, self._stream, struct.pack(">I", CANCEL))

    def received(self, data: bytes) -> tuple[bytes, bytes | None]:
        """What to send back, and the body of the answer if it is complete; of a call that was reset it is empty.

        ConnectionError if the server ends the connection.
        """
        self._buffer += data
        back, done = b"", None
        while len(self._buffer) >= HEAD:
            length = int.from_bytes(self._buffer[:3], "big")
            if len(self._buffer) < HEAD + length:
                break
            kind, flags, stream = struct.unpack_from(">BBI", self._buffer, 3)
            payload = bytes(self._buffer[HEAD : HEAD + length])
            del self._buffer[: HEAD + length]
            back += self._reply(kind, flags, payload)
            if kind == RST_STREAM and stream == self._stream:
                done = b""
            if kind == DATA and stream == self._stream:
                self._body += payload
            if kind in {DATA, HEADERS} and flags & END_STREAM and stream == self._stream:
                done = bytes(self._body)
        return back, done

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
