"""WebSockets at `/graphql`: the handshake. What is said over them is in `connection`."""

import asyncio
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from facade.admission import Door, shutting_down
from facade.caller import request_id
from facade.errors import Code, FacadeError, Outcome, Reason
from facade.graphql.accept import JSON_TYPE
from facade.graphql.answer import Answer, refused
from facade.graphql.connection import Connection
from facade.graphql.execution import Executor
from facade.graphql.messages import NOT_ACCEPTABLE
from facade.graphql.request import wanted
from facade.request_log import finished

SUBPROTOCOL = "graphql-transport-ws"
PORTS = {"http": 80, "https": 443}
PARTING = 1.0  # seconds for the last connections to say goodbye


class WebSockets:
    """The ASGI application of WebSockets.

    Args:
        executor: executes operations.
        door: admits operations.

    """

    def __init__(self, executor: Executor, door: Door) -> None:
        self._executor = executor
        self._door = door
        self._open: set[asyncio.Task[object]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection until it ends."""
        started = time.perf_counter()
        socket = WebSocket(scope, receive, send)
        headers = wanted(Headers(scope=scope))
        name = request_id(headers)
        refusal = self._refusal(Headers(scope=scope), name)
        if refusal is not None:
            finished("websocket", name, started, refusal.failure)
            kind = f"{JSON_TYPE}; charset=utf-8"
            await socket.send_denial_response(Response(orjson.dumps(refusal.content), refusal.status, media_type=kind))
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            await socket.accept()
            await socket.close(NOT_ACCEPTABLE.code, NOT_ACCEPTABLE.reason)
            return
        await socket.accept(SUBPROTOCOL)
        task = asyncio.current_task()
        assert task is not None, "connections are served in tasks"  # noqa: S101 - for the type checker
        self._open.add(task)
        try:
            await Connection(socket, self._executor, self._door, headers).run()
        finally:
            self._open.discard(task)

    async def closed(self) -> None:
        """Returns when all connections have ended, as they do when the door has closed; in a moment at the latest."""
        if self._open:
            await asyncio.wait(self._open, timeout=PARTING)

    def _refusal(self, headers: Headers, name: str) -> Answer | None:
        if self._door.closing:
            return refused(shutting_down(Outcome.NOT_SENT), name)
        if not same_origin(headers.getlist("origin"), headers.get("host", "")):
            text = "Pages of other sites must not connect: the Origin is not the Host."
            return refused(FacadeError(Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, text), name, 403)
        return None


def same_origin(origins: Sequence[str], host: str) -> bool:
    """Whether the connection may come from where it says.

    Browsers attach cookies and Basic credentials to the handshake whatever site the page is from, and no rule of theirs
    keeps the page from connecting; they say the page's origin, and other clients say none.
    """
    if not origins:
        return True
    try:
        parts = urlsplit(origins[0])
        port = parts.port or PORTS.get(parts.scheme)
        ours = urlsplit(f"{parts.scheme}://{host}")
        return len(origins) == 1 and (parts.hostname, port) == (ours.hostname, ours.port or PORTS.get(parts.scheme))
    except ValueError:
        return False
