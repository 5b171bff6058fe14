"""`python -m facade.worker FD`: a worker process, which serves until its supervisor ends it or is gone.

FD is the file descriptor of the socket to the supervisor.
"""

import asyncio
import logging
import signal
import socket
import sys
from typing import cast

from facade.config import ConfigError, Settings
from facade.logs import configure
from facade.loop import run, settled
from facade.server import running
from facade.supervisor.order import ALIVE, READY, Order, order
from facade.tally import SharedTally
from facade.web import Shared

log = logging.getLogger(__name__)

MISUSED = 2  # exit status: a setting is wrong


class Lifeline(asyncio.Protocol):
    """The connection to the supervisor. Sets `stop` when it is lost: nobody would replace or end this worker then."""

    def __init__(self, beat: float, stop: asyncio.Event) -> None:
        self._beat = beat
        self._stop = stop
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps what it writes to."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not derive from it

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Begins to end the worker."""
        if not self._stop.is_set():
            log.warning("the supervisor is gone: draining")
            self._stop.set()

    def ready(self) -> None:
        """Says that the worker serves, and from now on, as long as the event loop turns, that it lives."""
        self._say(READY)

    def _say(self, what: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(what)
            asyncio.get_running_loop().call_later(self._beat, self._say, ALIVE)


async def serve(given: Order, supervisor: socket.socket) -> None:
    """Serves as the order says until SIGTERM, or until the supervisor is gone; then drains."""
    settings = Settings(**given.settings)
    configure(settings.log_level, settings.log_format, worker=given.number)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _, lifeline = await loop.create_unix_connection(lambda: Lifeline(given.beat, stop), sock=supervisor)
    with Shared(fileno=given.listener) as listener:
        tally = None if given.tally is None else SharedTally(given.tally, given.number, given.of)
        async with running(settings, shared=listener, tally=tally) as facade:
            loop.add_signal_handler(signal.SIGHUP, facade.renewal.now)
            settled()
            lifeline.ready()
            await stop.wait()


def main() -> int:
    """Reads the order and carries it out; returns the exit status."""
    supervisor = socket.socket(fileno=int(sys.argv[1]))
    with supervisor.makefile("rb") as lines:
        line = lines.readline()
    if not line:  # the supervisor ended before it gave one
        return 0
    try:
        run(serve(order(line), supervisor))
    except ConfigError as error:
        log.error(str(error))  # noqa: TRY400 - it is no defect, and its place is of no interest
        return MISUSED
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
