"""An upstream that holds each request until it is told to answer; and what a process has open."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

ANSWER = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 28\r\n\r\n{"message":"API is running"}'


class Holding:
    """The upstream.

    Attributes:
        url: where it is.
        waiting: requests that have come and are not answered.
        opened: set to answer them, and those that come.

    """

    def __init__(self) -> None:
        self.url = ""
        self.waiting = 0
        self.opened = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves a connection."""
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")  # of requests without a body
                self.waiting += 1
                try:
                    await self.opened.wait()
                finally:
                    self.waiting -= 1
                writer.write(ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def holding() -> AsyncIterator[Holding]:
    """Such an upstream. It answers what it still holds when the block ends."""
    upstream = Holding()
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield upstream
    finally:
        server.close()
        upstream.opened.set()


def descriptors(process: int | str = "self") -> int:
    """Open file descriptors of a process."""
    return len(os.listdir(f"/proc/{process}/fd"))  # noqa: PTH208 - names alone are wanted
