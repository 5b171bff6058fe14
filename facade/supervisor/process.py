"""One worker process, as the supervisor sees it."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from typing import Any

from facade.config import PREFIX
from facade.supervisor.order import READY, Order


class Worker(asyncio.Protocol):
    """A process that has been started.

    Attributes:
        pid: its id.
        ready: done when it serves; its result is the time, on the clock of the event loop.
        ended: done when it has ended; its result is as `asyncio.subprocess` gives it.

    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._heard = False
        self.pid = process.pid
        self.ready: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.create_task(process.wait())

    def data_received(self, data: bytes) -> None:
        """Notes a sign of life."""
        self._heard = True
        if READY in data and not self.ready.done():
            self.ready.set_result(asyncio.get_running_loop().time())

    async def hangs(self, beat: float, silence: int, unless: asyncio.Future[None]) -> bool:
        """True when it has said nothing for `silence` times `beat` seconds; False when it or `unless` is done before.

        The turns are counted, no clock is read: a pause of the whole machine, in which the supervisor slept as well, is
        one turn, and not the worker's fault.
        """
        silent = 0
        while silent <= silence:
            if await done(self.ended, unless, within=beat):
                return False
            silent = 0 if self._heard else silent + 1
            self._heard = False
        return True

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal, if it still runs."""
        with suppress(ProcessLookupError):  # it has ended in the meantime
            self._process.send_signal(number)

    @property
    def end(self) -> str:
        """How it has ended."""
        status = self.ended.result()
        return f"exit status {status}" if status >= 0 else signal.Signals(-status).name


async def start(order: Order) -> Worker:
    """A new worker process. OSError if the system gives none.

    It is a new interpreter, no fork, so that it shares nothing with its siblings. It has a session of its own: a
    terminal sends Ctrl-C to the whole group of the supervisor, who is the one to end the workers. Of the environment it
    does not get the settings, which its order has.
    """
    ours, theirs = socket.socketpair()
    inherited = (theirs.fileno(), order.listener, *(() if order.tally is None else (order.tally,)))
    with theirs:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # as for the `facade` command: what lies in the current directory is not imported
                "-m",
                "facade.worker",
                str(theirs.fileno()),
                stdin=DEVNULL,
                pass_fds=inherited,
                start_new_session=True,
                env={name: value for name, value in os.environ.items() if not name.startswith(PREFIX)},
            )
        except BaseException:
            ours.close()
            raise
    worker = Worker(process)
    transport, _ = await asyncio.get_running_loop().create_unix_connection(lambda: worker, sock=ours)
    transport.write(order.line())
    return worker


async def done(*futures: asyncio.Future[Any], within: float) -> bool:
    """Whether one of them is done within so many seconds."""
    return bool((await asyncio.wait(futures, timeout=within, return_when=asyncio.FIRST_COMPLETED))[0])
