"""Accepts connections by itself: where several processes share a listening socket, and where TLS is spoken.

One connection each time that the loop comes round: a loop that took all that are waiting, as uvloop's own server does,
would give what comes together to the process that woke first. And each with the TLS of the moment: that server keeps to
the certificate that it was started with.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable

log = logging.getLogger(__name__)

PAUSE = 1.0  # seconds before the next try where the process has no descriptor left for a connection
GOODBYE = 0.5  # seconds for a client to answer when TLS ends; one that reads nothing would hold up a drain


class Accepting:
    """Serves connections of `listener`, which listens already, with the protocols that `serve` makes.

    They speak TLS if there is `tls`: each as it says at that moment, so that a new certificate is shown from then on.
    The handshake may take `handshake` seconds, whatever a client drips meanwhile.
    """

    def __init__(
        self,
        listener: socket.socket,
        serve: Callable[[], asyncio.Protocol],
        tls: Callable[[], ssl.SSLContext] | None = None,
        handshake: float = 10.0,
    ) -> None:
        self._listener = listener
        self._serve = serve
        self._tls = tls
        self._handshake = handshake
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[object]] = set()
        self._later: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        self._begin()

    def close(self) -> None:
        """Takes no more."""
        if self._later:
            self._later.cancel()
        self._loop.remove_reader(self._listener)

    async def wait_closed(self) -> None:
        """Waits until what was accepted last is being served. Handshakes, for which a client takes its time, end."""
        if self._tls:
            for task in self._tasks:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self) -> None:
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionError):  # another process took it, or it has gone
            return
        except OSError:
            self._loop.remove_reader(self._listener)
            self._later = self._loop.call_later(PAUSE, self._begin)
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task: asyncio.Task[object] = self._loop.create_task(self._served(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _served(self, connection: socket.socket) -> None:
        """Gives a connection to a protocol, after the handshake if there is to be one."""
        if self._tls is None:
            await self._loop.connect_accepted_socket(self._serve, connection)
            return
        try:
            await self._loop.connect_accepted_socket(
                self._serve,
                connection,
                ssl=self._tls(),
                ssl_handshake_timeout=self._handshake,
                ssl_shutdown_timeout=GOODBYE,
            )
        except OSError as error:  # ssl.SSLError and TimeoutError, too: the client's affair, and anybody's to cause
            log.debug("TLS handshake failed", extra={"why": type(error).__name__})
