"""A facade in a process of its own, whose memory and end can be seen; and a sandbox in another, for long runs.

Neither measures what it covers: that would take most of the time of a long run.
"""

import asyncio
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.readme.processes import BIN, START, environment, started, stdout

URLS = ("TOKEN", "PUBLISH", "INTEGRATION", "BPM")


@dataclass(frozen=True)
class Served:
    """A facade, and where its gRPC listens."""

    process: Process
    grpc: str

    @property
    def memory(self) -> int:
        """Bytes that it has in memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) * 1024

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        self.process.send_signal(number)


@asynccontextmanager
async def facade_process(upstream: str, **settings: str) -> AsyncIterator[Served]:
    """`facade serve` on free ports with all its URLs at `upstream`; killed at the end if it runs."""
    env = {f"FACADE_{name}_URL": upstream for name in URLS}
    env |= {"FACADE_GRPC_ADDRESS": "127.0.0.1:0", "FACADE_HTTP_ADDRESS": "127.0.0.1:0", "FACADE_LOG_LEVEL": "warning"}
    env |= {f"FACADE_{name.upper()}": value for name, value in settings.items()}
    command = (str(BIN / "facade"), "serve")
    async with printing(*command, start="  gRPC", env=env) as (process, line):
        yield Served(process, line.split()[1])


@asynccontextmanager
async def sandbox_process() -> AsyncIterator[str]:
    """The URL of a `facade sandbox` on a free port."""
    command = (str(BIN / "facade"), "sandbox", "--address", "127.0.0.1:0")
    async with printing(*command, start="sandbox", env={}) as (_, line):
        yield line.split()[-1]


@asynccontextmanager
async def printing(*command: str, start: str, env: dict[str, str]) -> AsyncIterator[tuple[Process, str]]:
    """A process, and the line that it prints with this start; killed at the end if it runs."""
    inherited = {name: value for name, value in environment().items() if not name.startswith("COV")}
    async with started(*command, env=inherited | env, cwd=Path.cwd(), errors=DEVNULL) as process:
        line = ""
        async with asyncio.timeout(START):
            while not line.startswith(start):
                line = (await stdout(process).readline()).decode()
                assert line, f"{command[1]} has ended"
        yield process, line
