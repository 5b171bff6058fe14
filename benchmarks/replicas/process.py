"""Processes that are ended by their ids, however the block ends."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

START = 60.0  # seconds; generous: a busy machine is slow to start a process


@asynccontextmanager
async def running(*command: str, log: Path, env: Mapping[str, str] | None = None) -> AsyncIterator[Process]:
    """A process whose errors go to the file `log`, killed with all it started when the block ends."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FACADE_")}
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=PIPE, stderr=errors, env=inherited | dict(env or {}), start_new_session=True
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):  # it has ended, and that is not known here yet
                os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()  # closes the pipe


async def line(process: Process, start: str) -> str:
    """The first line that it prints with this start. RuntimeError if it ends before."""
    assert process.stdout is not None  # noqa: S101 - it was opened with a pipe
    async with asyncio.timeout(START):
        async for each in process.stdout:
            if each.decode().startswith(start):
                return each.decode().rstrip("\n")
    raise RuntimeError(f"the process ended without printing {start!r}")
