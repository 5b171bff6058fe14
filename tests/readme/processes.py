"""Runs `facade serve --sandbox` and shell scripts as processes, each ended by its id however a test ends."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import PATIENT

BIN = Path(sys.executable).parent
START = 60.0  # seconds; generous: a busy machine that measures coverage is slow to import
STOP = 30.0
SCRIPT = 60.0
WELCOME = re.compile(
    r"^facade \S+, development mode\n"
    r"  gRPC     (?P<grpc>127\.0\.0\.1:\d+)\n"
    r"  GraphQL  http://(?P<http>127\.0\.0\.1:\d+)/graphql\n"
    r"(?:  (?:console|IDE) .*\n)*"
    r"  sandbox  (?P<sandbox>http://127\.0\.0\.1:\d+)  .*\n",
)


@dataclass(frozen=True)
class Served:
    """A facade that runs in a process of its own, and what it printed."""

    process: Process
    grpc: str
    http: str
    sandbox: str


def environment(**more: str) -> dict[str, str]:
    """Ours without settings of the facade and without proxies, which the examples must not meet."""
    unwanted = re.compile(r"FACADE_.*|.*_proxy", re.IGNORECASE)
    kept = {name: value for name, value in os.environ.items() if not unwanted.fullmatch(name)}
    return kept | {"FACADE_MAX_LATENESS": str(PATIENT)} | more


@asynccontextmanager
async def started(*command: str, env: Mapping[str, str], cwd: Path, errors: int = STDOUT) -> AsyncIterator[Process]:
    """A process in a group of its own, which is killed when the block ends."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=errors, env=env, cwd=cwd, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()  # closes the pipe


@asynccontextmanager
async def serving(cwd: Path, programs: Path = BIN) -> AsyncIterator[Served]:
    """`facade serve --sandbox` on free ports, from its welcome on; the one among these programs."""
    env = environment(FACADE_GRPC_ADDRESS="127.0.0.1:0", FACADE_HTTP_ADDRESS="127.0.0.1:0")
    # Its log is not read: a full pipe would stop it.
    async with started(str(programs / "facade"), "serve", "--sandbox", env=env, cwd=cwd, errors=DEVNULL) as process:
        printed = ""
        async with asyncio.timeout(START):
            while not (found := WELCOME.match(printed)):
                line = await stdout(process).readline()
                assert line, f"facade serve --sandbox ended after printing:\n{printed}"
                printed += line.decode()
        try:
            yield Served(process, found["grpc"], found["http"], found["sandbox"])
        finally:  # politely, so that it writes down what it covered
            if process.returncode is None:
                process.terminate()
                async with asyncio.timeout(STOP):
                    await process.communicate()


async def run(script: str, env: Mapping[str, str], cwd: Path, within: float = SCRIPT) -> tuple[int, str]:
    """The exit status of a bash script, and all it printed."""
    async with started("bash", "-euo", "pipefail", "-c", script, env=env, cwd=cwd) as process:
        async with asyncio.timeout(within):
            printed, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, printed.decode()


def stdout(process: Process) -> asyncio.StreamReader:
    """What the process prints."""
    assert process.stdout is not None
    return process.stdout
