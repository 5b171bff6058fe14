"""HTTP/1.1 as bytes: connections that send what no client would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from facade.server import Running

END = 20.0  # seconds; generous, for the end of a connection that is to come soon
HEALTH = b"GET /healthz HTTP/1.1\r\nhost: facade\r\n\r\n"
QUERY = b'{"query": "{ __typename }"}'


@dataclass
class Connection:
    """A connection that sends what it is told to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        """Sends what it can; a connection that is gone is noticed by reading."""
        self.writer.write(data)

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer."""
        async with asyncio.timeout(END):
            head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            return int(head.split()[1]), await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        """All that comes until the facade closes the connection."""
        received = b""
        async with asyncio.timeout(END):
            with suppress(ConnectionResetError):
                while chunk := await self.reader.read(65536):
                    received += chunk
        return received

    async def drip(self, data: bytes, pause: float) -> bytes:
        """All that comes until the facade closes, while bytes are sent again and again, `pause` seconds apart."""
        received = asyncio.create_task(self.rest())
        place = 0
        while not received.done():
            with suppress(ConnectionError):
                self.send(data[place % len(data) :][:1])
            place += 1
            await asyncio.wait((received,), timeout=pause)
        return received.result()


@asynccontextmanager
async def connection(facade: Running) -> AsyncIterator[Connection]:
    """A connection to the HTTP port."""
    host, _, port = facade.http.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def post(body: bytes = QUERY, *headers: str, length: bool = True) -> bytes:
    """A GraphQL request; its headers without those that are always there."""
    fixed = ["POST /graphql HTTP/1.1", "host: facade", "content-type: application/json"]
    sized = [f"content-length: {len(body)}"] if length else []
    return "\r\n".join([*fixed, *sized, *headers, "", ""]).encode() + body
