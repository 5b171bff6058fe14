"""An HTTP/2 connection to the gRPC port that sends whatever frames it is told to, at once and as often as it likes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.rpc.http2 import END_HEADERS, HEADERS, SETTINGS, frame, frames, literal

RST_STREAM, GOAWAY, CONTINUATION = 0x3, 0x7, 0x9
CANCEL = (0x8).to_bytes(4, "big")
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, b"")
CHECK_HEALTH = "/facade.v1.PublishService/CheckHealth"
EMPTY = bytes(5)  # a message of no bytes, with its prefix


def head(address: str, metadata: Mapping[str, str] | None = None, **pseudo: str) -> bytes:
    """The headers of a call, CheckHealth if `pseudo` does not say another, in HPACK."""
    opening = {"method": "POST", "scheme": "http", "path": CHECK_HEALTH, "authority": address} | pseudo
    usual = {"te": "trailers", "content-type": "application/grpc"}
    fields = {f":{name}": value for name, value in opening.items()} | usual | dict(metadata or {})
    return b"".join(map(literal, fields.items()))


class Flood:
    """The connection.

    Attributes:
        heard: type, flags, stream and payload of each frame that came.
        ended: set when the server has closed the connection.

    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard: list[tuple[int, int, int, bytes]] = []
        self.ended = asyncio.Event()
        self._reader = reader
        self._writer = writer
        self._stream = -1

    async def listen(self) -> None:
        """Reads until the connection ends."""
        async for each in frames(self._reader):
            self.heard.append(each)
        self.ended.set()

    async def send(self, data: bytes) -> None:
        """Sends bytes; after the end of the connection they go nowhere."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError:
            self.ended.set()

    async def open(self, block: bytes, flags: int = END_HEADERS) -> int:
        """Opens a stream with these headers; returns its number."""
        self._stream += 2
        await self.send(frame(HEADERS, flags, self._stream, block))
        return self._stream

    def told(self, kind: int, stream: int) -> list[bytes]:
        """The payloads of the frames of this type that came for a stream."""
        return [payload for type_, _, number, payload in self.heard if (type_, number) == (kind, stream)]


@asynccontextmanager
async def flood(address: str) -> AsyncIterator[Flood]:
    """A connection that has been opened, and is cut in the end."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    connection = Flood(reader, writer)
    listening = asyncio.create_task(connection.listen())
    await connection.send(PREFACE)
    try:
        yield connection
    finally:
        listening.cancel()
        writer.transport.abort()
