"""The DevTools protocol: commands to a browser, and the events that it tells (https://chromedevtools.github.io)."""

import asyncio
import itertools
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

ANSWERED = 120.0  # seconds that an answer may take on a machine that runs tests
Listener = Callable[[str, str, dict[str, Any]], None]  # session, event, parameters


class RefusedError(Exception):
    """The browser could not do what it was told to."""


class DevTools:
    """A connection to a browser. An async context manager: leaving it ends the reading.

    Attributes:
        listeners: called with each event.

    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading: asyncio.Task[None]
        self.listeners: list[Listener] = []

    async def __aenter__(self) -> "DevTools":
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def send(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Carries out a command in a session, or in the browser itself; returns its result."""
        answer = self._sent(method, session, parameters)
        async with asyncio.timeout(ANSWERED):
            return await answer

    def post(self, method: str, session: str = "", **parameters: Any) -> None:
        """Sends a command whose result is of no interest, and whose target may be gone by then."""
        self._sent(method, session, parameters).add_done_callback(lambda done: done.cancelled() or done.exception())

    def _sent(self, method: str, session: str, parameters: dict[str, Any]) -> "asyncio.Future[dict[str, Any]]":
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._outgoing = asyncio.ensure_future(self._socket.send(json.dumps(message)))
        return answer

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self._socket:
                self._take(json.loads(text))
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(RefusedError("the browser is gone"))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" not in message:
            for listener in self.listeners:
                listener(message.get("sessionId", ""), message["method"], message["params"])
            return
        waiting = self._waiting.pop(message["id"])
        if waiting.done():
            return
        if "error" in message:
            waiting.set_exception(RefusedError(str(message["error"])))
        else:
            waiting.set_result(message["result"])
