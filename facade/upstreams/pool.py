"""Connections that are kept for the next call, by origin."""

import asyncio
import errno
import random
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from facade.upstreams.connection import Connection
from facade.upstreams.trust import usual

IDLE_TIME = 30.0  # seconds; servers and balancers mostly close after 60, and a request must not meet that
MAX_AGE = 300.0  # seconds, give or take a tenth; one that is never idle would never see that its host has moved
DOUBT = 1.0  # seconds after which a kept connection is looked at before it is used
Origin = tuple[bytes, bytes, int]  # scheme, host, port
Found = list[tuple[Any, ...]]  # as of socket.getaddrinfo
# What this machine or process has none of any more: descriptors, memory, ports. It says nothing of the upstream.
SHORTAGE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})


async def resolved(host: str, port: int) -> Found:
    """The addresses of a host, best first."""
    return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Pool:
    """Opens connections, keeps those that are idle, newest first, and closes those that are idle for long.

    Args:
        max_answer: of each connection.
        connect_timeout: seconds for DNS, TCP and TLS.
        max_idle: idle connections kept for each origin.
        idle_time: seconds after which an idle connection is not used any more.
        resolve: finds addresses.
        tls: what a new connection speaks to an https URL.

    """

    def __init__(
        self,
        *,
        max_answer: int,
        connect_timeout: float,
        max_idle: int,
        idle_time: float = IDLE_TIME,
        resolve: Callable[[str, int], Awaitable[Found]] = resolved,
        tls: Callable[[], ssl.SSLContext] = usual,
    ) -> None:
        self._max_answer = max_answer
        self._connect_timeout = connect_timeout
        self._max_idle = max_idle
        self._idle_time = idle_time
        self._resolve = resolve
        self._tls = tls
        self._closed = False
        self._idle: dict[Origin, deque[Connection]] = {}
        self._sweep: asyncio.TimerHandle | None = None

    async def take(self, origin: Origin) -> Connection:
        """A connection that nobody else uses. Raises httpx.ConnectError and ConnectTimeout.

        PoolTimeout where it is this machine that has none to give.
        """
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            if usable(connection, self._idle_time):
                return connection
            connection.close()
        try:
            async with asyncio.timeout(self._connect_timeout):
                return await self._connected(origin)
        except TimeoutError as error:
            raise httpx.ConnectTimeout("timed out while connecting") from error
        except (OSError, UnicodeError) as error:  # UnicodeError: a name that DNS cannot have
            if isinstance(error, OSError) and error.errno in SHORTAGE:
                raise httpx.PoolTimeout("there is no connection left") from error
            raise httpx.ConnectError("could not connect") from error

    def give(self, origin: Origin, connection: Connection) -> None:
        """Keeps a connection whose exchange has ended, unless it is unfit for another or old."""
        if self._closed or not connection.reusable or connection.idle_since > connection.old_at:
            connection.close()
            return
        idle = self._idle.setdefault(origin, deque())
        idle.append(connection)
        if len(idle) > self._max_idle:
            idle.popleft().close()
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(self._idle_time, self._swept)

    def close(self) -> None:
        """Closes what is kept, and what is given afterwards."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        for idle in self._idle.values():
            for connection in idle:
                connection.close()
        self._idle.clear()

    async def _connected(self, origin: Origin) -> Connection:
        """A new connection to the host's first address that takes one. Each gets its share of the time that is left."""
        scheme, host, port = origin[0], origin[1].decode(), origin[2]
        clock = asyncio.get_running_loop().time
        last = clock() + self._connect_timeout
        found = await self._resolve(host, port)
        for left, (family, *_, address) in zip(range(len(found), 0, -1), found, strict=True):
            try:
                async with asyncio.timeout((last - clock()) / left):
                    return await self._opened(family, address, host if scheme == b"https" else None)
            except OSError:
                if left == 1:
                    raise
        raise ConnectionError("the host has no address")

    async def _opened(self, family: int, address: tuple[Any, ...], name: str | None) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(max_answer=self._max_answer),
            *address[:2],
            family=family,
            ssl=None if name is None else self._tls(),
            server_hostname=name,
        )
        connection.old_at = time.monotonic() + MAX_AGE * random.uniform(0.9, 1.1)  # noqa: S311 - jitter
        return connection

    def _swept(self) -> None:
        """Closes what has been idle for long, the oldest first."""
        oldest = time.monotonic() - self._idle_time
        for idle in self._idle.values():
            while idle and (idle[0].idle_since < oldest or not idle[0].reusable):
                idle.popleft().close()
        again = any(self._idle.values())
        self._sweep = asyncio.get_running_loop().call_later(self._idle_time / 2, self._swept) if again else None


def usable(connection: Connection, idle_time: float) -> bool:
    """Whether a kept connection is still there.

    One that has been idle for a while is asked: its end may have come in the same instant, unread, and a record that
    is sent after it could not be said to have arrived or not.
    """
    if not connection.reusable:
        return False
    idle = time.monotonic() - connection.idle_since
    if idle < DOUBT:
        return True
    return idle < idle_time and not readable(connection.socket)


def readable(descriptor: int) -> bool:
    """Whether there is something to read, as at the end of a connection."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
