"""A replica: `facade serve` as a process of its own, that can be killed, drained and started again at its addresses."""

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.replicas.process import line, running

SERVE = (sys.executable, "-m", "facade", "serve")
UPSTREAMS = ("TOKEN", "PUBLISH", "INTEGRATION", "BPM")
END = 60.0  # seconds that it may take to drain


@dataclass
class Replica:
    """One of several.

    Attributes:
        name: of its log.
        folder: where that is.
        settings: its environment.
        grpc: host and port of gRPC; kept from start to start.
        http: host and port of HTTP; kept as well.

    """

    name: str
    folder: Path
    settings: dict[str, str] = field(repr=False)
    grpc: str
    http: str
    _process: Process | None = None
    _block: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        """Starts it, and returns when it serves."""
        env = self.settings | {"FACADE_GRPC_ADDRESS": self.grpc, "FACADE_HTTP_ADDRESS": self.http}
        log = self.folder / f"{self.name}.log"
        self._process = await self._block.enter_async_context(running(*SERVE, log=log, env=env))
        self.grpc = (await line(self._process, "  gRPC ")).split()[1]
        url = (await line(self._process, "  GraphQL ")).split()[1]
        self.http = url.removesuffix("/graphql").rpartition("/")[2]
        await line(self._process, "  callers ")

    async def kill(self) -> None:
        """Ends it as a crash does."""
        self._given().kill()
        await self.close()

    def leave(self) -> None:
        """Asks it to end."""
        self._given().terminate()

    async def left(self) -> int:
        """Its exit status, as soon as it has drained."""
        process = self._given()
        async with asyncio.timeout(END):
            status = await process.wait()
        await self.close()
        return status

    async def close(self) -> None:
        """Ends it if it runs."""
        await self._block.aclose()

    def _given(self) -> Process:
        assert self._process is not None, "it was started"  # noqa: S101 - for the type checker
        return self._process


@asynccontextmanager
async def replicas(count: int, folder: Path, upstream: str, **settings: str) -> AsyncIterator[list[Replica]]:
    """So many, with their upstreams at the URL `upstream`; each has a loopback address of its own.

    On an address of its own a port that was free at the first start is free at the next: what connects to others on
    this machine does so from 127.0.0.1.
    """
    env = {f"FACADE_{name}_URL": upstream for name in UPSTREAMS} | {"FACADE_LOG_FORMAT": "json"}
    env |= {f"FACADE_{name.upper()}": value for name, value in settings.items()}
    free = [f"127.0.0.{10 + number}:0" for number in range(1, count + 1)]
    made = [Replica(f"replica-{number}", folder, env, each, each) for number, each in enumerate(free, 1)]
    try:
        await asyncio.gather(*(replica.start() for replica in made))
        yield made
    finally:
        for replica in made:
            await replica.close()
