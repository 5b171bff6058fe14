"""Runs the commands as a person or a script would: as processes, with a pseudo-terminal or with pipes alone."""

import asyncio
import fcntl
import os
import re
import signal
import struct
import sys
import termios
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0  # seconds after which a process that hangs is killed, so that the test fails instead of waiting
SIZE = struct.pack("HHHH", 50, 120, 0, 0)  # rows and columns
ACCOUNT = {"FACADE_USER": "api@example.com", "FACADE_PASSWORD": "sandbox"}
# Makes the pseudo-terminal the controlling one, which is what /dev/tty opens.
AT_TERMINAL = (
    "import os, runpy; os.close(os.open(os.ttyname(0), os.O_RDWR)); runpy.run_module('facade', run_name='__main__')"
)
# Prints, at the end, the most memory that the process has had.
MEASURED = """
import atexit, pathlib, runpy
status = pathlib.Path("/proc/self/status")
atexit.register(lambda: print(*(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))))
runpy.run_module("facade", run_name="__main__")
"""
# On a disk that has no more room than so many bytes for any file; what measures coverage writes its own in the end.
ON_FULL_DISK = """
import atexit, resource, runpy
usual = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, usual[1]))
atexit.register(resource.setrlimit, resource.RLIMIT_FSIZE, usual)
runpy.run_module("facade", run_name="__main__")
"""
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Ended:
    """What a command left."""

    status: int
    out: str
    errors: str

    @property
    def last(self) -> str:
        """Its last line on standard error."""
        return self.errors.splitlines()[-1]


@dataclass(frozen=True)
class Commands:
    """Runs commands against the facade at `address`, in the directory `place`."""

    address: str
    place: Path
    account: tuple[tuple[str, str], ...] = tuple(ACCOUNT.items())

    def environment(self) -> dict[str, str]:
        """Ours without settings, with the address and the account."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("FACADE_")}
        return ours | {"FACADE_GRPC_ADDRESS": self.address, "TERM": "xterm-256color", **dict(self.account)}

    async def run(self, *arguments: str, given: str | None = None) -> Ended:
        """A command to its end, without a terminal; `given` is its standard input."""
        async with self.started(*arguments, given=given is not None) as process:
            out, errors = await process.communicate(None if given is None else given.encode())
        return Ended(process.returncode or 0, out.decode(), errors.decode())

    async def on_full_disk(self, room: int, *arguments: str) -> Ended:
        """A command to its end which can write no more than `room` bytes to a file."""
        return await self._ended(ON_FULL_DISK.format(room=room), *arguments)

    async def peak(self, *arguments: str) -> int:
        """The most memory (bytes) that a command which ends well has had."""
        ended = await self._ended(MEASURED, *arguments)
        assert ended.status == 0, ended.errors
        return 1024 * int(ended.out.split()[-2])

    async def _ended(self, program: str, *arguments: str) -> Ended:
        async with self.started(*arguments, how=("-c", program)) as process:
            out, errors = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), errors.decode())

    @asynccontextmanager
    async def started(
        self, *arguments: str, given: bool = False, how: tuple[str, str] = ("-m", "facade")
    ) -> AsyncIterator[Process]:
        """A command without a terminal, while it runs."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *how, *arguments),
            stdin=PIPE if given else DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            cwd=self.place,
            env=self.environment(),
            start_new_session=True,
        )
        async with ending(process):
            yield process

    @asynccontextmanager
    async def at_terminal(self, *arguments: str) -> AsyncIterator["Terminal"]:
        """A command at a terminal, while it runs."""
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, SIZE)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", AT_TERMINAL, *arguments),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=self.place,
            env=self.environment(),
            start_new_session=True,
        )
        os.close(theirs)
        async with ending(process):
            terminal = Terminal(process, ours)
            try:
                yield terminal
            finally:
                terminal.close()


@asynccontextmanager
async def ending(process: Process) -> AsyncIterator[None]:
    """Kills the process if it takes too long, and at the end of the block."""
    watchdog = asyncio.get_running_loop().call_later(PATIENCE, process.kill)
    try:
        yield
    finally:
        watchdog.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()


class Terminal:
    """Whoever sits at the terminal: reads what is shown, and types."""

    def __init__(self, process: Process, number: int) -> None:
        self._process = process
        self._number = number
        self._shown = bytearray()
        self._more = asyncio.Event()
        self.ended = False
        asyncio.get_running_loop().add_reader(number, self._read)

    def _read(self) -> None:
        try:
            chunk = os.read(self._number, 65536)
        except OSError:  # what a terminal that nobody has open any more says
            chunk = b""
        if not chunk:
            asyncio.get_running_loop().remove_reader(self._number)
            self.ended = True
        self._shown += chunk
        self._more.set()

    @property
    def raw(self) -> str:
        """All that was written so far."""
        return self._shown.decode(errors="replace").replace("\r\n", "\n")

    @property
    def shown(self) -> str:
        """The same without what steers the terminal."""
        return CONTROL.sub("", self.raw)

    async def until(self, text: str) -> None:
        """Reads on until `text` is shown."""
        while text not in self.shown:
            assert not self.ended, f"{text!r} was not shown:\n{self.shown}"
            await self._change()

    async def _change(self) -> None:
        self._more.clear()
        await self._more.wait()

    def type(self, text: str) -> None:
        """Types."""
        os.write(self._number, text.encode())

    def interrupt(self) -> None:
        """Presses Ctrl-C."""
        self.type("\x03")

    async def status(self) -> int:
        """The exit status, once all is read."""
        while not self.ended:
            await self._change()
        return await self._process.wait()

    def close(self) -> None:
        """Hangs up."""
        if not self.ended:
            asyncio.get_running_loop().remove_reader(self._number)
        os.close(self._number)


def interrupt(process: Process) -> None:
    """What `kill -INT` does."""
    process.send_signal(signal.SIGINT)
