"""Our HTTP/1.1 client as an httpx transport: one write, one parse and one wake-up a call, on the loop that waits.

httpx's own client is not used: it shares its cookie jar among callers, has neither a total timeout nor a size cap, and
takes more than a millisecond of CPU a call when 32 run at once; nor is a client with threads of its own, with which a
call through the whole facade took half as much CPU again (benchmarks/notes.md). Exceptions are httpx's, so that the
adapter knows one vocabulary. Not done, on purpose: redirects, cookies, proxies, .netrc, HTTP/2, and a second try.
"""

import ssl
import zlib
from collections.abc import Callable

import httpx

from facade.upstreams.connection import Answer, AnswerRefusedError, Headers
from facade.upstreams.pool import Origin, Pool
from facade.upstreams.resource import origin
from facade.upstreams.trust import usual

GZIP_WINDOW = 16 + zlib.MAX_WBITS  # zlib's way to say: a gzip stream

__all__ = ["AnswerRefusedError", "Transport"]


class Transport(httpx.AsyncBaseTransport):
    """Sends requests over pooled connections.

    A cancelled request closes its connection. Redirects are not followed, cookies not kept, proxies not used.

    Args:
        max_answer: the most bytes of an answer's body, decompressed.
        connect_timeout: seconds for DNS, TCP and TLS.
        max_idle: idle connections kept open for each host.
        tls: what a new connection speaks to an https URL.

    """

    def __init__(
        self,
        *,
        max_answer: int,
        connect_timeout: float = 5.0,
        max_idle: int = 128,
        tls: Callable[[], ssl.SSLContext] = usual,
    ) -> None:
        self._max_answer = max_answer
        self._pool = Pool(max_answer=max_answer, connect_timeout=connect_timeout, max_idle=max_idle, tls=tls)

    async def exchange(self, to: Origin, request: bytes) -> Answer:
        """The answer to a request, read whole and unpacked. Raises httpx.TransportError or AnswerRefusedError."""
        connection = await self._pool.take(to)
        try:
            answer = await connection.exchange(request)
        finally:
            self._pool.give(to, connection)
        return unpacked(answer, self._max_answer)

    async def reach(self, to: Origin) -> None:
        """Opens a connection and closes it. Raises httpx.TransportError."""
        (await self._pool.take(to)).close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The same for httpx: what is given to others as a transport."""
        answer = await self.exchange(origin(request.url), written(request))
        return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body))

    async def aclose(self) -> None:
        """Closes the connections that are not in use."""
        self._pool.close()


def written(request: httpx.Request) -> bytes:
    """The request as it is sent. LocalProtocolError if a header could be taken for more than one."""
    lines = [request.method.encode(), b" ", request.url.raw_path, b" HTTP/1.1\r\n"]
    headers = request.headers.raw
    for name, value in headers:
        lines += (name, b": ", value, b"\r\n")
    lines.append(b"\r\n")
    head = b"".join(lines)
    if head.count(b"\n") != len(headers) + 2 or head.count(b"\r") != len(headers) + 2 or b"\0" in head:
        raise httpx.LocalProtocolError("a header holds a control character")
    return head + request.content


def unpacked(answer: Answer, limit: int) -> Answer:
    """The answer with its body decoded, and without the header that says so."""
    if encoding(answer.headers) != b"gzip":
        return answer
    headers = [pair for pair in answer.headers if pair[0] != b"content-encoding"]
    return Answer(answer.status, headers, inflated(answer.body, limit))


def encoding(headers: Headers) -> bytes:
    """The encoding of an answer's body, b"" for none; AnswerRefusedError for one that was not asked for."""
    match [value.strip().lower() for name, value in headers if name == b"content-encoding"]:
        case [] | [b"identity"]:
            return b""
        case [b"gzip"]:
            return b"gzip"
    raise AnswerRefusedError("the answer has an encoding that was not asked for")


def inflated(body: bytes, limit: int) -> bytes:
    """The content of a gzip body, or AnswerRefusedError if it is damaged, cut short, or more than `limit` bytes."""
    if not body:  # a 204 may name the encoding of what it does not send (RFC 9110 section 8.4)
        return body
    decoder = zlib.decompressobj(GZIP_WINDOW)
    try:
        content = decoder.decompress(body, limit + 1)
    except zlib.error as error:
        raise AnswerRefusedError("the answer's gzip is damaged") from error
    if len(content) > limit or not decoder.eof or decoder.unused_data:
        raise AnswerRefusedError("the answer's gzip is too large or incomplete")
    return content
