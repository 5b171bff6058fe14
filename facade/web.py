"""uvicorn as it is needed: how it is set up, started and stopped, and how long a connection is kept."""

import asyncio
import random
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from facade.accepting import Accepting
from facade.frames import Framed
from facade.patience import TICK, Patience, look
from facade.ports import BACKLOG
from facade.refusing import Answered, Refusing, TurnedAway
from facade.tls import NAMES

FLUSH = 1.0  # seconds that the last answers get to leave after their requests are done
PING_TIME = 20.0  # seconds between two pings of a WebSocket
PONG_TIME = 60.0  # seconds for the answer to one: a client that reads nothing for so long is taken for gone
JITTER = 0.1  # part of its age that a connection is kept more or less, as gRPC does it: not all come back at once


class HttpServer(uvicorn.Server):
    """uvicorn, which leaves signals to us and says when it listens.

    It waits for clients no longer than `patience`, and speaks the TLS that `tls` says at the moment.
    """

    def __init__(
        self, config: uvicorn.Config, patience: Patience, tls: Callable[[], ssl.SSLContext] | None = None
    ) -> None:
        super().__init__(config)
        self._patience = patience
        self._tls = tls
        self.listening = asyncio.Event()
        self._stopping = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to the command line, which drains both faces."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts and says so. From a `Shared` socket, and where TLS is spoken, connections are accepted one by one.

        asyncio's server, which uvicorn starts, keeps to one certificate.
        """
        ours = [listener for listener in sockets or () if self._tls or isinstance(listener, Shared)]
        await super().startup([listener for listener in sockets or () if listener not in ours])
        for listener in ours:
            accepting = Accepting(listener, self._protocol, self._tls, self._patience.head)
            self.servers.append(cast("asyncio.Server", accepting))
        self.listening.set()

    def _protocol(self) -> asyncio.Protocol:
        """What serves a connection; uvicorn's own function for this is inside its `startup`."""
        made = cast("type[HttpToolsProtocol]", self.config.http_protocol_class)
        return made(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def main_loop(self) -> None:
        """Renews the Date header, and looks at clients, each second until `stop`; uvicorn's loop wakes ten times."""
        loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            look(self.server_state.connections, loop.time(), self._patience)
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._stopping.wait()

    def stop(self) -> None:
        """Begins to end `serve`."""
        self.should_exit = True
        self._stopping.set()


class Shared(socket.socket):
    """A listening socket that other processes accept from, too. Give it the `fileno`."""


def config(
    application: ASGIApp,
    *,
    max_message: int,
    max_age: float,
    idle: float,
    turned_away: TurnedAway,
    leaving: Callable[[], bool],
) -> uvicorn.Config:
    """No access log, no trust in forwarding headers, WebSocket messages of at most `max_message` bytes.

    Connections are kept for about `max_age` seconds and while not `leaving` (see `aging`), for `idle` seconds without
    a request; what `turned_away` has an answer for is not read.
    """
    return uvicorn.Config(
        application,
        http=aging(max_age, turned_away, leaving),
        ws=Framed,
        ws_max_size=max_message,
        ws_per_message_deflate=False,  # a small message could become a large one
        ws_ping_interval=PING_TIME,
        ws_ping_timeout=PONG_TIME,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=round(FLUSH),
        timeout_keep_alive=cast("int", idle),  # it takes any number
        backlog=BACKLOG,
    )


def aging(max_age: float, turned_away: TurnedAway, leaving: Callable[[], bool]) -> type[HttpToolsProtocol]:
    """HTTP/1.1 connections of which each, after about `max_age` seconds, says `connection: close` in its next answer.

    So does each while the facade is `leaving`: a client who kept it could send its next request just as it is closed,
    and would not know what became of it.

    The client then connects anew, perhaps to another process. Nothing is cut: a stream that has begun goes on to its
    end, a WebSocket for as long as operations run on it, and an idle connection is closed for being idle long before.
    """
    away = turned_away

    class Connection(Refusing):
        turned_away = away

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            super().connection_made(transport)
            self._old = self.loop.time() + max_age * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - jitter
            self._last: RequestResponseCycle | None = None
            if found := names(transport):
                self.app_state = self.app_state | {NAMES: found}

        @property
        def old(self) -> bool:
            return super().old or leaving() or self.loop.time() >= self._old

        def on_headers_complete(self) -> None:
            before = self.cycle
            super().on_headers_complete()
            if self.cycle is before or isinstance(self.cycle, Answered) or not self.old:
                return  # the same: an upgrade, which is no request
            if self._last and not self._last.response_started:
                self._last.keep_alive = True  # of a client that does not wait for answers, the last one is to say it
            if self.cycle.keep_alive:
                self._last = self.cycle
                self.cycle.keep_alive = False

    return Connection


def names(transport: asyncio.BaseTransport) -> list[str]:
    """Whom the verified certificate of a client names: DNS names, URIs, mail addresses, the common name."""
    session = transport.get_extra_info("ssl_object")
    shown = session.getpeercert() if session else None
    if not shown:
        return []
    others = [value for kind, value in shown.get("subjectAltName", ()) if kind in {"DNS", "URI", "email"}]
    return others + [value for part in shown["subject"] for kind, value in part if kind == "commonName" and value]
