"""The adapter's tests stand on the transport: it records what is sent and answers as it is told."""

import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import orjson
import pytest

from facade.caller import Basic, Caller, Credentials, Token
from facade.errors import FacadeError
from facade.upstreams.blurred import Blurred
from facade.upstreams.connect import Addresses, Upstreams, connect
from facade.upstreams.operation import MalformedError, Operation

BASIC = Basic("Basic " + b64encode(b"api@example.com:sandbox").decode())
TOKEN = Token("t0ken")
ADDRESSES = Addresses(
    token="http://token.test", publish="http://publish.test", integration="http://itsm.test", bpm="http://bpm.test"
)


def strict(document: Any, _body: bytes) -> Any:
    """Any JSON."""
    if document is None:
        raise MalformedError("no JSON")
    return document


READ = Operation(name="Read", method="GET", path="/read", read=strict, safe=True)
WRITE = Operation(name="Write", method="POST", path="/write", read=strict)
SAFE_POST = Operation(name="Ask", method="POST", path="/ask", read=strict, safe=True)

Reply = httpx.Response | Exception


class Recorder(httpx.AsyncBaseTransport):
    """Keeps the requests, and answers the first with the first reply and so on; the last one again and again."""

    def __init__(self, *replies: Reply | Callable[[httpx.Request], Reply]) -> None:
        self._replies = replies
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self._replies[min(len(self.requests), len(self._replies)) - 1]
        if not isinstance(reply, httpx.Response | Exception):
            reply = reply(request)
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def only(self) -> httpx.Request:
        """The one request that was made."""
        assert len(self.requests) == 1
        return self.requests[0]

    @property
    def targets(self) -> list[str]:
        """Method, path and query of each request, as they go over the wire."""
        return [f"{each.method} {each.url.raw_path.decode()}" for each in self.requests]


def answer(status: int = 200, document: Any = None, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """An answer with `document` as JSON, or with those bytes, or without a body."""
    content = document if isinstance(document, bytes) else b"" if document is None else orjson.dumps(document)
    return httpx.Response(status, content=content, headers=headers)


def said(status: int, message: str) -> httpx.Response:
    """An answer as the IEM APIs give it."""
    return answer(status, {"message": message})


def connected(
    transport: httpx.AsyncBaseTransport,
    addresses: Addresses = ADDRESSES,
    *,
    max_sessions: int = 100,
    blurred: Blurred = Blurred(),  # noqa: B008 - it is frozen
) -> Upstreams:
    """All upstreams behind `transport`."""
    return connect(addresses, transport, max_sessions=max_sessions, login_timeout=5.0, blurred=blurred)


def caller(
    iem: Credentials | None = TOKEN, bpm: Credentials | None = BASIC, seconds: float = 30.0, request_id: str = "r-1"
) -> Caller:
    """A caller with `seconds` left."""
    return Caller(iem, bpm, time.monotonic() + seconds, request_id)


async def failure(work: Awaitable[Any]) -> FacadeError:
    """The error that `work` ends in."""
    with pytest.raises(FacadeError) as caught:
        await work
    return caught.value
