"""uvicorn as it is needed: how it is set up, started and stopped, and how long a connection is kept."""

import asyncio
import random
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from facade.accepting import Accepting
from facade.ports import BACKLOG

FLUSH = 1.0  # seconds that the last answers get to leave after their requests are done
TICK = 1.0  # seconds between two dates in answers
PONG_TIME = (
    60.0  # seconds for the answer to a ping: a WebSocket client that reads nothing for so long is taken for gone
)
JITTER = 0.1  # part of its age that a connection is kept more or less, as gRPC does it: not all come back at once
GRAPHQL = b"/graphql"
# What the headers of a request to GRAPHQL say to: the whole answer, or None if it is to be served.
TurnedAway: TypeAlias = Callable[[list[tuple[bytes, bytes]]], bytes | None]


class Answered(RequestResponseCycle):
    """A request that has been answered: what is left of it is dropped."""

    def __init__(self) -> None:
        self.response_complete = self.response_started = True
        self.message_event = asyncio.Event()


ANSWERED = Answered()


class HttpServer(uvicorn.Server):
    """uvicorn, which leaves signals to us and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self._stopping = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to the command line, which drains both faces."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts and says so. From a `Shared` socket connections are accepted one by one."""
        shared = [listener for listener in sockets or () if isinstance(listener, Shared)]
        await super().startup([listener for listener in sockets or () if listener not in shared])
        self.servers += [cast("asyncio.Server", Accepting(listener, self._protocol)) for listener in shared]
        self.listening.set()

    def _protocol(self) -> asyncio.Protocol:
        """What serves a connection; uvicorn's own function for this is inside its `startup`."""
        made = cast("type[HttpToolsProtocol]", self.config.http_protocol_class)
        return made(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def main_loop(self) -> None:
        """Renews the Date header each second until `stop`; uvicorn's own loop wakes ten times as often."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._stopping.wait()

    def stop(self) -> None:
        """Begins to end `serve`."""
        self.should_exit = True
        self._stopping.set()


class Shared(socket.socket):
    """A listening socket that other processes accept from, too. Give it the `fileno`."""


def config(application: ASGIApp, *, max_message: int, max_age: float, turned_away: TurnedAway) -> uvicorn.Config:
    """No access log, no trust in forwarding headers, WebSocket messages of at most `max_message` bytes.

    Connections are kept for about `max_age` seconds (see `aging`); what `turned_away` has an answer for is not read.
    """
    return uvicorn.Config(
        application,
        http=aging(max_age, turned_away),
        ws="websockets-sansio",
        ws_max_size=max_message,
        ws_per_message_deflate=False,  # a small message could become a large one
        ws_ping_timeout=PONG_TIME,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=round(FLUSH),
        backlog=BACKLOG,
    )


def aging(max_age: float, turned_away: TurnedAway) -> type[HttpToolsProtocol]:
    """HTTP/1.1 connections of which each, after about `max_age` seconds, says `connection: close` in its next answer.

    The client then connects anew, perhaps to another process. Nothing is cut: a stream that has begun goes on to its
    end, a WebSocket for as long as it likes, and an idle connection is closed for being idle long before.
    """

    class Connection(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            super().connection_made(transport)
            self._old = self.loop.time() + max_age * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - jitter
            self._last: RequestResponseCycle | None = None

        def on_headers_complete(self) -> None:
            before = self.cycle
            if self.url == GRAPHQL and self._turned_away(before):
                return
            super().on_headers_complete()
            if self.cycle is before or self.loop.time() < self._old:  # the same: an upgrade, which is no request
                return
            if self._last and not self._last.response_started:
                self._last.keep_alive = True  # of a client that does not wait for answers, the last one is to say it
            if self.cycle.keep_alive:
                self._last = self.cycle
                self.cycle.keep_alive = False

        def _turned_away(self, before: RequestResponseCycle | None) -> bool:
            """Whether the request was answered at once, which none before it may be waiting for."""
            if self.parser.should_upgrade() or (before is not None and not before.response_complete):
                return False
            answer = turned_away(self.headers)
            if answer is None:
                return False
            self.cycle = ANSWERED
            self.transport.write(answer)
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
            return True

    return Connection
