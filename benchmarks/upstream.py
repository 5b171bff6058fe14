"""An upstream that costs little: answers as nginx does in these benchmarks, at once or after a delay.

Run as a process of its own with the delay in milliseconds: prints its port, and serves until its standard input is
closed. It stands in for nginx where there is none, and where answers are to take their time.
"""

import asyncio
import sys
from base64 import b64decode

import httptools

from benchmarks.answers import LIST, MANY, ONE, PUBLISHED, TOKEN_PATH, token

COUNT = b"/count"
TRACES = b"/v1/traces"  # where it is a collector of traces


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole HTTP answer."""
    head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (status, len(body))
    return head + body


REFUSED = answer(b"{}", b"401 Unauthorized")
ANSWERS = {
    LIST.encode(): answer(MANY),
    b"/publish/": answer(PUBLISHED),
}


class Upstream(asyncio.Protocol):
    """One connection; all count together."""

    asked = 0
    delay = 0.0

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins to read requests."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Reads on."""
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        """Forgets the request before."""
        self._path = b""
        self._headers: dict[bytes, bytes] = {}

    def on_url(self, url: bytes) -> None:
        """The target of a request."""
        self._path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._headers[name.lower()] = value

    def on_message_complete(self) -> None:
        """Answers, now or later."""
        if self._path == COUNT:
            self._transport.write(answer(b"%d" % Upstream.asked))
            return
        if self._path == TRACES:
            self._transport.write(answer(b""))
            return
        Upstream.asked += 1
        found = self._found()
        if self.delay:
            self._loop.call_later(self.delay, self._write, found)
        else:
            self._write(found)

    def _write(self, found: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(found)

    def _found(self) -> bytes:
        authorization = self._headers.get(b"authorization", b"")
        if self._path == TOKEN_PATH.encode():
            name = b64decode(authorization.partition(b" ")[2]).partition(b":")[0]
            return answer(token(name.decode()))
        if self._path.startswith(b"/publish/"):
            return ANSWERS[b"/publish/"] if b"access_token=token-of-" in self._headers.get(b"cookie", b"") else REFUSED
        if not authorization:
            return REFUSED
        return ANSWERS[LIST.encode()] if self._path.partition(b"?")[0] == LIST.encode() else ONE_USER


ONE_USER = answer(ONE)


async def serve(delay: float) -> None:
    """Serves until standard input ends; each answer comes `delay` seconds after its request."""
    Upstream.delay = delay
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) / 1000))
