"""WebSockets at `/graphql`: the handshake. What is said over them is in `connection`."""

import asyncio
import time

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from facade.admission import Door
from facade.caller import request_id
from facade.errors import Code, FacadeError, Reason
from facade.graphql.connection import Connection
from facade.graphql.execution import Executor
from facade.graphql.messages import NOT_ACCEPTABLE
from facade.graphql.request import wanted
from facade.graphql.site import ANYWHERE, Site
from facade.request_log import Finished, finished

SUBPROTOCOL = "graphql-transport-ws"
FOREIGN = FacadeError(Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, "The page is of another site: it must not connect.")
PARTING = 1.0  # seconds for the last connections to say goodbye


class WebSockets:
    """The ASGI application of WebSockets.

    Args:
        executor: executes operations.
        door: admits operations.
        site: says whose pages may connect.
        idle: seconds for which a connection is kept without an operation.
        finished: is told of each operation that has ended, and of each connection that is refused.

    """

    def __init__(
        self, executor: Executor, door: Door, site: Site = ANYWHERE, *, idle: float, finished: Finished = finished
    ) -> None:
        self._site = site
        self._executor = executor
        self._door = door
        self._idle = idle
        self._finished = finished
        self._open: set[asyncio.Task[object]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection until it ends."""
        started = time.perf_counter()
        socket = WebSocket(scope, receive, send)
        headers = Headers(scope=scope)
        if not self._site.connectable(headers):
            self._finished("websocket", request_id(wanted(headers)), started, FOREIGN)
            await socket.close()  # before it is accepted, this is HTTP's 403
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
            await Connection(socket, self._executor, self._door, wanted(headers), self._finished, idle=self._idle).run()
        finally:
            self._open.discard(task)

    async def closed(self) -> None:
        """Returns when all connections have ended, as they do when the door has closed; in a moment at the latest."""
        if self._open:
            await asyncio.wait(self._open, timeout=PARTING)
