"""What the calls of one operation have in common, put together once: a call adds its credentials and its body."""

from collections.abc import Iterable
from typing import TypeAlias

import httpx

from facade.upstreams.pool import Origin

Pairs: TypeAlias = Iterable[tuple[str, str]]

HEADERS = (
    ("accept", "application/json"),
    ("accept-encoding", "gzip"),
    ("content-type", "application/json"),
    ("user-agent", "facade"),
)
SIZED = frozenset({"POST", "PUT"})  # say their length even without a body (RFC 9110 section 8.6)
PORTS = {b"http": 80, b"https": 443}


class Resource:
    """A method and a URL, to which a call may append more path or a query; `fixed` headers are sent each time.

    Attributes:
        origin: whom it is asked of.
        path: the URL's path.

    """

    def __init__(self, method: str, url: str, fixed: Pairs = HEADERS) -> None:
        parsed = httpx.URL(url)
        self.origin = origin(parsed)
        self.path = parsed.raw_path.decode()
        self._fixed = tuple(fixed)
        self._method = method
        self._url = url
        self._start = f"{method} ".encode() + parsed.raw_path
        always = "".join(f"{name}: {value}\r\n" for name, value in self._fixed).encode()
        self._head = b" HTTP/1.1\r\nhost: " + parsed.netloc + b"\r\n" + always

    def written(self, rest: str, headers: Pairs, content: bytes | None) -> bytes:
        """The request as bytes. `rest` follows the URL and is encoded. LocalProtocolError for what would break it."""
        if " " in rest or not (rest.isascii() and rest.isprintable()):
            raise httpx.LocalProtocolError("the path is not encoded")
        lines = [f"{name}: {value}\r\n" for name, value in headers]
        if content is not None or self._method in SIZED:
            lines.append(f"content-length: {len(content or b'')}\r\n")
        added = "".join(lines).encode()
        if not added.count(b"\n") == added.count(b"\r") == len(lines) or b"\0" in added:
            raise httpx.LocalProtocolError("a header holds a control character")
        return b"".join((self._start, rest.encode(), self._head, added, b"\r\n", content or b""))

    def request(self, rest: str, headers: Pairs, content: bytes | None) -> httpx.Request:
        """The same request for a transport of httpx."""
        url = httpx.URL(self._url + rest)
        given = [("host", url.netloc.decode()), *self._fixed, *headers]
        if content is not None or self._method in SIZED:
            given.append(("content-length", str(len(content or b""))))
        request = httpx.Request(self._method, url, headers=given, stream=httpx.ByteStream(content or b""))
        request.read()
        return request


def origin(url: httpx.URL) -> Origin:
    """Whom a URL is asked of."""
    return url.raw_scheme, url.raw_host, url.port or PORTS[url.raw_scheme]
