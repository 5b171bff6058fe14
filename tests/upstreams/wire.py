"""Servers that speak TCP byte for byte, in the loop of the test: what no well-behaved HTTP server can be made to do."""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Connection:
    """One client's connection to a `Server`."""

    def __init__(self, server: "Server", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self.reader = reader
        self.writer = writer

    async def request(self) -> bytes:
        """The next request, head and body. Raises IncompleteReadError if the client hangs up instead."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = CONTENT_LENGTH.search(head)
        request = head + (await self.reader.readexactly(int(length[1])) if length else b"")
        self._server.requests.append(request)
        return request

    async def send(self, *parts: bytes) -> None:
        """Sends, waiting where the client does not read."""
        for part in parts:
            if self.writer.transport.is_closing():  # uvloop's would raise a RuntimeError
                raise ConnectionResetError
            self.writer.write(part)
            await self.writer.drain()

    def reset(self) -> None:
        """Ends the connection with RST."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def hung_up(self) -> None:
        """Waits until the client closes the connection."""
        while await self.reader.read(65536):
            pass


Handler = Callable[[Connection], Awaitable[None]]


class Server:
    """What has happened on a server: its `url`, requests as received, connections opened and ended."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[bytes] = []
        self.opened = 0
        self.ended = 0


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Server]:
    """A server on a free port, or on `port`; `handler` serves each connection, which is closed when it returns."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        server.opened += 1
        try:
            await handler(Connection(server, reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client went, or the test is over
        finally:
            server.ended += 1
            writer.close()
            tasks.discard(task)

    listener = await asyncio.start_server(serve, "127.0.0.1", port, backlog=512, ssl=tls)
    server = Server(f"{'https' if tls else 'http'}://127.0.0.1:{listener.sockets[0].getsockname()[1]}")
    try:
        yield server
    finally:
        listener.close()
        await asyncio.sleep(0)  # a connection just accepted becomes a task in the next turn of the loop
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def always(*parts: bytes) -> Handler:
    """Answers each request with the same bytes and keeps the connection."""

    async def handler(connection: Connection) -> None:
        while True:
            await connection.request()
            await connection.send(*parts)

    return handler


def once(*parts: bytes) -> Handler:
    """Answers one request and closes the connection."""

    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.send(*parts)

    return handler


def answer(body: bytes = b"{}", *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """A well-formed answer with its Content-Length."""
    lines = [b"HTTP/1.1 " + status, *headers, b"content-length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
