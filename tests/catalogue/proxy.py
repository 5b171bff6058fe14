"""A proxy between the facade and the sandbox, in the loop of the test: it passes requests on, and a trouble may decide
what becomes of a request and of its answer (see `troubles`).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.upstreams.wire import Connection, Server, serving

CLOSE = re.compile(rb"\r\nconnection: close", re.IGNORECASE)


class Exchange:
    """One request on its way.

    Attributes:
        connection: the facade's connection, on which the answer is to be sent.
        request: the request as it came.

    """

    def __init__(self, connection: Connection, request: bytes, upstream: str) -> None:
        self.connection = connection
        self.request = request
        self._upstream = urlsplit(upstream)

    async def forward(self) -> bytes:
        """Has the request carried out; the sandbox's whole answer, which does not say that a connection ends."""
        reader, writer = await asyncio.open_connection(self._upstream.hostname, self._upstream.port)
        try:
            writer.write(self.request.replace(b"\r\n", b"\r\nconnection: close\r\n", 1))
            return CLOSE.sub(b"", await reader.read(), count=1)
        finally:
            writer.transport.abort()

    async def wait(self, seconds: float) -> None:
        """Waits so long. ConnectionResetError, and at once, if the facade hangs up meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.connection.hung_up()
                raise ConnectionResetError


Trouble = Callable[[Exchange], Awaitable[None]]


async def passed(exchange: Exchange) -> None:
    """No trouble."""
    await exchange.connection.send(await exchange.forward())


class Ended(Exception):  # noqa: N818 - an end, not an error
    """Raised by a trouble after which the connection is to be closed."""


@dataclass
class Proxy:
    """A proxy that runs: at `server.url`, where what it received is counted, too."""

    server: Server
    upstream: str
    met: int = 0  # requests that met a trouble
    _trouble: Trouble = passed
    _path: bytes = b""
    _left: int = 0

    @property
    def url(self) -> str:
        """Where the facade finds it."""
        return self.server.url

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self.server.opened - self.server.ended

    def meet(self, trouble: Trouble, *, path: str = "/", times: int = 1_000_000) -> None:
        """The next `times` requests whose target begins with `path` meet this trouble, and no other."""
        self._trouble, self._path, self._left = trouble, b" " + path.encode(), times

    def calm(self) -> None:
        """No more trouble."""
        self._left = 0

    def trouble(self, request: bytes) -> Trouble:
        """What the request meets."""
        if self._left == 0 or self._path not in request.partition(b"\r\n")[0]:
            return passed
        self._left -= 1
        self.met += 1
        return self._trouble

    async def serve(self, connection: Connection) -> None:
        """Serves a connection until one side has enough of it."""
        with suppress(Ended):
            while True:
                request = await connection.request()
                await self.trouble(request)(Exchange(connection, request, self.upstream))


@asynccontextmanager
async def proxying(upstream: str) -> AsyncIterator[Proxy]:
    """A proxy on a free port in front of the sandbox at `upstream`."""

    async def serve(connection: Connection) -> None:
        await proxy.serve(connection)

    async with serving(serve) as server:
        proxy = Proxy(server, upstream)
        yield proxy
