"""What the page is told while it is open: server-sent events."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from facade.console.sampler import Sampler
from facade.graphql.guard import ClientGoneError
from facade.graphql.request import HttpError
from facade.graphql.site import Site
from facade.graphql.watch import until_gone
from facade.pages import SEALED

MOST_VIEWERS = 32  # of one process: each holds a connection
AGAIN = 5000  # milliseconds after which a browser connects again
STREAM = {"cache-control": "no-store", "x-accel-buffering": "no", **SEALED}  # nginx would hold events back
FULL = {**STREAM, "retry-after": "30"}


class Events:
    """The ASGI application of the events.

    Args:
        sampler: what is told.
        site: whose hosts a request must name.
        most: how many may watch at a time.

    """

    def __init__(self, sampler: Sampler, site: Site, most: int = MOST_VIEWERS) -> None:
        self._sampler = sampler
        self._site = site
        self._most = most
        self._viewers = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The stream, or 503 where too many watch, or the facade is draining."""
        try:
            self._site.check(Headers(scope=scope))
        except HttpError as refusal:
            await PlainTextResponse(f"{refusal}\n", refusal.status, headers=SEALED)(scope, receive, send)
            return
        if self._viewers >= self._most or self._sampler.ended:
            await PlainTextResponse("Too many are watching.\n", 503, headers=FULL)(scope, receive, send)
            return
        self._viewers += 1
        try:
            with suppress(ClientGoneError):
                await until_gone(receive, self._stream(send))
        finally:
            self._viewers -= 1

    async def _stream(self, send: Send) -> None:
        """All that is kept, then each look; a viewer who is slow misses some, and is told all again."""
        headers = {"content-type": "text/event-stream; charset=utf-8", **STREAM}
        told = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": told})
        seen = 0
        while (latest := await self._sampler.after(seen)) > seen:
            whole = latest > seen + 1 or not seen
            name, content = ("history", self._sampler.history()) if whole else ("look", self._sampler.latest())
            await write(send, event(name, content))
            seen = latest
        await write(send, b"event: end\ndata:\n\n", more=False)


def event(name: str, content: Mapping[str, Any]) -> bytes:
    """An event with JSON."""
    return b"event: %s\nretry: %d\ndata: %s\n\n" % (name.encode(), AGAIN, orjson.dumps(content))


async def write(send: Send, body: bytes, *, more: bool = True) -> None:
    """Sends a part of the answer; returns when the connection has room for more."""
    await send({"type": "http.response.body", "body": body, "more_body": more})
