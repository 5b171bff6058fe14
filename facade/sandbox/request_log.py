"""What reached the sandbox, oldest first, with the secrets taken out.

A value that is or may be a secret is replaced by "sha256:" and the first 16 hex digits of the
SHA-256 of the value as received, so that a client which knows the secret can tell that it arrived:

    printf %s 'access_token=…' | sha256sum | cut -c1-16

That holds for each header whose name speaks of a cookie, authorization, token, secret, password or
API key (the whole value: of a cookie header that is `access_token=…`), for query parameters with
such names, and for the body of a request to the Token API. Other bodies are logged as they are.
"""

import fnmatch
import hashlib
import re
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from urllib.parse import quote, unquote

from starlette.types import Scope

MAX_BODY = 4096
"""Characters of a body that are kept."""

_SECRET = "authorization|cookie|token|secret|password|api-?key"  # noqa: S105 - words, not a secret
_SECRET_NAME = re.compile(_SECRET.encode(), re.IGNORECASE)
_SECRET_PARAMETER = re.compile(rf"(?<![^&])([^&=]*(?:{_SECRET})[^&=]*=)([^&]+)", re.IGNORECASE)


@dataclass(slots=True)
class Entry:
    """One request. Times are seconds since the sandbox's start, on the monotonic clock.

    `path` and `query` are as received. Repeated headers are joined by ", ".
    """

    id: int
    method: str
    path: str
    query: str
    headers: dict[str, str]
    started: float
    body: str = ""
    finished: float | None = None
    """None while it runs; the moment the client went away if it did."""
    status: int | None = None
    """None if no answer was sent."""
    fault: int | None = None
    """Index of the fault it met."""
    carried_out: bool = False
    """Whether an endpoint got it, so that it may have had an effect."""
    client_gone: bool = False
    """Whether the client closed the connection before the answer was out."""


@dataclass
class RequestLog:
    """A bounded list of entries, and how many requests run at the same time."""

    size: int
    in_flight: int = 0
    most_in_flight: int = 0
    _count: int = 0
    _start: float = field(default_factory=time.monotonic)
    _entries: deque[Entry] = field(init=False)

    def __post_init__(self) -> None:
        self._entries = deque(maxlen=self.size)

    def begin(self, scope: Scope) -> Entry:
        """Log a request as running."""
        self._count += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        entry = Entry(
            id=self._count,
            method=scope["method"],
            path=_path(scope),
            query=_without_secrets(scope["query_string"].decode("latin-1")),
            headers=_logged_headers(scope["headers"]),
            started=time.monotonic() - self._start,
        )
        self._entries.append(entry)
        return entry

    def finish(self, entry: Entry) -> None:
        """Log it as no longer running."""
        entry.finished = time.monotonic() - self._start
        self.in_flight -= 1

    def clear(self) -> int:
        """Forget all entries, of running requests too; how many those were."""
        count = len(self._entries)
        self._entries.clear()
        self.most_in_flight = self.in_flight
        return count

    def entries(self, path: str = "*", limit: int = sys.maxsize) -> list[Entry]:
        """The latest `limit` entries whose path, raw or decoded, matches the glob; oldest first."""
        glob = re.compile(fnmatch.translate(path))
        latest = (
            entry for entry in reversed(self._entries) if glob.match(entry.path) or glob.match(unquote(entry.path))
        )
        return list(islice(latest, limit))[::-1]


def digest(value: bytes) -> str:
    """What stands in the log in place of a secret."""
    return f"sha256:{hashlib.sha256(value).hexdigest()[:16]}"


def logged_body(body: bytes, *, secret: bool) -> str:
    """What is logged of a body: its first characters, or its digest."""
    if secret and body:
        return digest(body)
    # No character takes more than four bytes.
    return body[: 4 * MAX_BODY].decode("utf-8", "replace")[:MAX_BODY]


def _path(scope: Scope) -> str:
    # ASGI lets a server leave out the path as received; most give it.
    return (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> tuple[str, bool]:
    """The name of a header, one string for all entries, and whether its value is a secret."""
    return raw.decode("latin-1"), _SECRET_NAME.search(raw) is not None


def _logged_headers(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    logged: dict[str, str] = {}
    for raw_name, value in headers:
        name, secret = _name(raw_name)
        text = digest(value) if secret else value.decode("latin-1")
        logged[name] = f"{logged[name]}, {text}" if name in logged else text
    return logged


def _without_secrets(query: str) -> str:
    return _SECRET_PARAMETER.sub(lambda found: found[1] + digest(found[2].encode("latin-1")), query)
