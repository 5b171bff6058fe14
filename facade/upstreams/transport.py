"""pyqwest (a Rust HTTP client) as an httpx transport: sockets, TLS and HTTP are its work; limits are ours.

httpx's own client is not used: it shares its cookie jar among callers, has neither a total timeout nor a size cap, and
costs ten times the CPU. pyqwest's own httpx transport streams request and answer; answers here are small and are read
whole, which halves the cost. Exceptions are httpx's, so that the adapter knows one vocabulary.
"""

import zlib
from typing import Final

import httpx
import pyqwest

# Names every address, so that no proxy is used and those of the environment are not looked for: pyqwest reads
# HTTP_PROXY unless it is given a proxy of its own.
NO_PROXY: Final = pyqwest.Proxy("http://127.0.0.1:9", no_proxy="*,0.0.0.0/0,::/0")
MAX_HEAD = 65_536  # bytes of header names and values in one answer
HEAD_TOO_LARGE = "message head is too large"  # how hyper says: more than 100 headers, or half a megabyte of them
FRAMING = frozenset({"content-length", "transfer-encoding"})
GZIP_WINDOW = 16 + zlib.MAX_WBITS  # zlib's way to say: a gzip stream


class AnswerRefusedError(httpx.DecodingError):
    """The answer breaks one of our limits, or cannot be decoded."""


class Transport(httpx.AsyncBaseTransport):
    """Sends requests over pooled connections.

    A cancelled request closes its connection. Redirects are not followed, cookies not kept, proxies not used.

    Args:
        max_answer: the most bytes of an answer's body, decompressed.
        connect_timeout: seconds for DNS, TCP and TLS.
        max_idle: idle connections kept open for each host.

    """

    def __init__(self, *, max_answer: int, connect_timeout: float = 5.0, max_idle: int = 128) -> None:
        self._max_answer = max_answer
        self._client = pyqwest.HTTPTransport(
            tls_include_system_certs=True,
            proxy=NO_PROXY,
            follow_redirects=False,
            connect_timeout=connect_timeout,
            pool_max_idle_per_host=max_idle,
            use_system_dns=True,  # what the operator put into /etc/hosts holds
            enable_gzip=False,  # done below, within the limit
            enable_brotli=False,
            enable_zstd=False,
            enable_otel=False,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends `request` and reads the whole answer. Raises httpx.TransportError or AnswerRefusedError."""
        headers = pyqwest.Headers([pair for pair in request.headers.multi_items() if pair[0] != "host"])
        try:
            answer = await self._client.execute(
                pyqwest.Request(request.method, str(request.url), headers, request.content or None)
            )
            return await self._whole(answer)
        except TimeoutError as error:  # also pyqwest.ConnectTimeout
            raise httpx.ConnectTimeout("timed out while connecting") from error
        except ConnectionError as error:  # pyqwest raises it for DNS, TCP and TLS alone
            raise httpx.ConnectError("could not connect") from error
        except pyqwest.WriteError as error:
            raise httpx.WriteError("connection lost while sending") from error
        except pyqwest.ReadError as error:
            raise httpx.ReadError("connection lost while reading") from error
        except pyqwest.RemoteProtocolError as error:
            if HEAD_TOO_LARGE in str(error):
                raise AnswerRefusedError("the answer's headers are too large") from error
            raise httpx.RemoteProtocolError("not an HTTP answer") from error

    async def _whole(self, answer: pyqwest.Response) -> httpx.Response:
        headers = list(answer.headers.items())
        try:
            encoding = checked(headers)
            content = await self._content(answer, length(headers))
        except BaseException:
            await answer.aclose()  # a connection with an unread answer must not be used again
            raise
        if encoding == "gzip":
            content = inflated(content, self._max_answer)
            headers = [pair for pair in headers if pair[0] != "content-encoding"]
        return httpx.Response(answer.status, headers=headers, stream=httpx.ByteStream(content))

    async def _content(self, answer: pyqwest.Response, expected: int | None) -> bytes:
        """The body of an answer, `expected` bytes if it says so: then its end need not be waited for."""
        body = bytearray()
        if expected != 0:
            async for chunk in answer.content:
                body += chunk
                if len(body) > self._max_answer:
                    raise AnswerRefusedError("the answer is too large")
                if len(body) == expected:
                    break
        return bytes(body)

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._client.aclose()


def checked(headers: list[tuple[str, str]]) -> str:
    """The content encoding of an answer whose headers are within our limits; else AnswerRefusedError."""
    if sum(len(name) + len(value) for name, value in headers) > MAX_HEAD:
        raise AnswerRefusedError("the answer's headers are too large")
    names = [name for name, _ in headers]
    if FRAMING.issubset(names) or names.count("content-length") > 1:
        raise AnswerRefusedError("the answer's length is ambiguous (RFC 9112 section 6.3)")
    encodings = [value.strip().lower() for name, value in headers if name == "content-encoding"]
    match encodings:
        case [] | ["identity"]:
            return ""
        case ["gzip"]:
            return "gzip"
    raise AnswerRefusedError("the answer has an encoding that was not asked for")


def length(headers: list[tuple[str, str]]) -> int | None:
    """The length that an answer declares, or None."""
    declared = next((value for name, value in headers if name == "content-length"), "")
    return int(declared) if declared.isascii() and declared.isdigit() else None


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
