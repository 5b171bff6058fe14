"""An answer as server-sent events: `graphql-sse`, distinct connections mode.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.datastructures import MutableHeaders
from starlette.types import Send

from facade.graphql.accept import EVENTS_TYPE
from facade.graphql.answer import Answer

KEEP_ALIVE = 15.0  # seconds between two comments, which keep whatever is between us and the client from giving up
COMMENT = b":\n\n"
# An empty `data` makes it an event: browsers drop one without.
COMPLETE = b"event: complete\ndata:\n\n"


class EventStream:
    """The Sink of an HTTP answer. An async context manager: leaving it ends the keep-alive.

    Args:
        send: ASGI's; it returns when the connection has room for more.
        name: the request id.

    """

    def __init__(self, send: Send, name: str) -> None:
        self._send = send
        self._name = name
        self._keeping: asyncio.Task[None] | None = None
        self.begun = False
        self.ended = False

    async def __aenter__(self) -> "EventStream":
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
            self._keeping = None  # it has an exception, whose traceback has this

    async def begin(self) -> None:
        """Sends the head."""
        headers = MutableHeaders(
            {
                "content-type": f"{EVENTS_TYPE}; charset=utf-8",
                "cache-control": "no-store",
                "x-accel-buffering": "no",  # nginx would hold events back
                "x-request-id": self._name,
            }
        )
        self.begun = True
        await self._send({"type": "http.response.start", "status": 200, "headers": headers.raw})
        self._keeping = asyncio.create_task(self._keep_alive())

    async def next(self, content: Mapping[str, Any]) -> None:
        """Sends a result."""
        await self._write(b"event: next\ndata: " + orjson.dumps(content) + b"\n\n")

    async def end(self, answer: Answer) -> None:
        """Sends what is left to say, and that this is all."""
        if answer.content:
            await self.next(answer.content)
        self.ended = True
        await self._write(COMPLETE, more=False)

    async def _keep_alive(self) -> None:
        while not self.ended:
            await asyncio.sleep(KEEP_ALIVE)
            if not self.ended:
                await self._write(COMMENT)

    async def _write(self, body: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})
