"""A gRPC client as bare as HTTP/2 (RFC 9113), for what grpc's own hides: whether a message is compressed, and how."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE = 0x0, 0x1, 0x4, 0x6, 0x8
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
STREAM = 1
INITIAL_WINDOW = 65_535
INITIAL_WINDOW_SETTING = 0x4
LARGE_WINDOW = 2**30
LONGEST_FRAME = 16_384


@dataclass
class Answer:
    """An answer as it was sent.

    Attributes:
        headers: the blocks of headers and trailers, undecoded; grpc's core does not squeeze the texts in them.
        body: the messages, each after a byte that says whether it is compressed, and its length.

    """

    headers: bytes = b""
    body: bytes = b""

    @property
    def messages(self) -> list[tuple[bool, bytes]]:
        """Whether each message is compressed, and its bytes."""
        found, rest = [], self.body
        while rest:
            end = 5 + int.from_bytes(rest[1:5], "big")
            found.append((rest[0] == 1, rest[5:end]))
            rest = rest[end:]
        return found


async def call(
    address: str, path: str, message: bytes, metadata: Mapping[str, str], *, compressed: bool = False
) -> Answer:
    """The answer to one message, which `compressed` says to be compressed already."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    opening = {":method": "POST", ":scheme": "http", ":path": path, ":authority": address, "te": "trailers"}
    head = {**opening, "content-type": "application/grpc", **metadata}
    window = INITIAL_WINDOW_SETTING.to_bytes(2, "big") + LARGE_WINDOW.to_bytes(4, "big")
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, window))
    writer.write(frame(WINDOW_UPDATE, 0, 0, LARGE_WINDOW.to_bytes(4, "big")))
    writer.write(frame(HEADERS, END_HEADERS, STREAM, b"".join(map(literal, head.items()))))
    exchange = Exchange(writer, bytes([compressed]) + len(message).to_bytes(4, "big") + message)
    async for kind, flags, stream, payload in frames(reader):
        exchange.take(kind, flags, stream, payload)
        if kind in {HEADERS, DATA} and flags & END_STREAM:
            break
    writer.close()
    await writer.wait_closed()
    return exchange.answer


class Exchange:
    """One call: sends its body as the server has room for it, and takes the answer."""

    def __init__(self, writer: asyncio.StreamWriter, body: bytes) -> None:
        self.answer = Answer()
        self._writer = writer
        self._unsent = body
        self._initial = INITIAL_WINDOW
        self._room = {0: INITIAL_WINDOW, STREAM: INITIAL_WINDOW}

    def take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        """Takes a frame."""
        if kind in {SETTINGS, PING} and not flags & ACK:
            self._writer.write(frame(kind, ACK, 0, payload if kind == PING else b""))
        if kind == SETTINGS:
            self._set(payload)
        elif kind == WINDOW_UPDATE:
            self._room[stream] += int.from_bytes(payload, "big")
        elif kind == HEADERS:
            self.answer.headers += payload
        elif kind == DATA:
            self.answer.body += payload
        self._send()

    def _set(self, settings: bytes) -> None:
        for place in range(0, len(settings), 6):
            if int.from_bytes(settings[place : place + 2], "big") == INITIAL_WINDOW_SETTING:
                asked = int.from_bytes(settings[place + 2 : place + 6], "big")
                self._room[STREAM] += asked - self._initial
                self._initial = asked

    def _send(self) -> None:
        while self._unsent and (size := min(*self._room.values(), LONGEST_FRAME, len(self._unsent))) > 0:
            chunk, self._unsent = self._unsent[:size], self._unsent[size:]
            self._writer.write(frame(DATA, 0 if self._unsent else END_STREAM, STREAM, chunk))
            self._room = {name: left - size for name, left in self._room.items()}


async def frames(reader: asyncio.StreamReader) -> AsyncIterator[tuple[int, int, int, bytes]]:
    """Type, flags, stream and payload of each frame, until the connection ends."""
    try:
        while True:
            head = await reader.readexactly(9)
            payload = await reader.readexactly(int.from_bytes(head[:3], "big"))
            yield head[3], head[4], int.from_bytes(head[5:], "big"), payload
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """A frame as it is sent."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def literal(header: tuple[str, str]) -> bytes:
    """A header of HPACK that is in no table (RFC 7541, section 6.2.2)."""
    return b"\0" + b"".join(length(len(text)) + text.encode() for text in header)


def length(number: int) -> bytes:
    """The length of a text (RFC 7541, section 5.1, with a prefix of seven bits)."""
    if number < 0x7F:
        return bytes([number])
    assert number - 0x7F < 0x80, "longer texts are not needed"
    return bytes([0x7F, number - 0x7F])
