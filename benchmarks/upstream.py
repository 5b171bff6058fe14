"""An upstream that costs little: knows a token, takes every record, and says how many it had.

Run as a process of its own: prints its port, and serves until its standard input is closed.
"""

import asyncio
import sys

import httptools

TOKEN = (
    b'{"status_code":200,"data":{"email":"api@example.com","name":"API","is_superadmin":false,'
    b'"access_token":"t0ken","refresh_token":"r"}}'
)
PUBLISHED = b'{"message":"Data published successfully"}'
COUNT = b"/count"


def answer(body: bytes) -> bytes:
    """A whole HTTP answer."""
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


class Upstream(asyncio.Protocol):
    """One connection; all count together."""

    published = 0
    taken = answer(PUBLISHED)
    token = answer(TOKEN)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins to read requests."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._path = b""

    def data_received(self, data: bytes) -> None:
        """Reads on."""
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """The target of a request."""
        self._path = url

    def on_message_complete(self) -> None:
        """Answers."""
        if self._path == COUNT:
            self._transport.write(answer(b"%d" % Upstream.published))
        elif self._path.startswith(b"/api/"):
            self._transport.write(self.token)
        else:
            Upstream.published += 1
            self._transport.write(self.taken)


async def serve() -> None:
    """Serves until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
