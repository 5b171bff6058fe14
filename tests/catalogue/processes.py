"""Facades that run in processes of their own, as they run for real."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.readme.processes import BIN, START, environment, started, stdout


@dataclass(frozen=True)
class Addresses:
    """Host and port of gRPC, and the base URL of HTTP."""

    grpc: str
    http: str


@asynccontextmanager
async def facade_process(upstream: str, *, files: int = 1024, **settings: str) -> AsyncIterator[Addresses]:
    """A facade that may open so many files, with all its upstreams at one URL."""
    env = {f"FACADE_{name}_URL": upstream for name in ("TOKEN", "PUBLISH", "INTEGRATION", "BPM")}
    env |= {"FACADE_GRPC_ADDRESS": "127.0.0.1:0", "FACADE_HTTP_ADDRESS": "127.0.0.1:0", "FACADE_LOG_LEVEL": "warning"}
    env |= {f"FACADE_{name.upper()}": value for name, value in settings.items()}
    inherited = {name: value for name, value in environment().items() if not name.startswith("COV")}
    command = ("sh", "-c", f'ulimit -n {files}; exec "$0" serve', str(BIN / "facade"))
    async with started(*command, env=inherited | env, cwd=Path.cwd(), errors=asyncio.subprocess.DEVNULL) as process:
        found: dict[str, str] = {}
        async with asyncio.timeout(START):
            while "GraphQL" not in found:
                line = (await stdout(process).readline()).decode().split()
                assert line, "it did not start"
                found[line[0]] = line[-1]
        yield Addresses(found["gRPC"], found["GraphQL"].removesuffix("/graphql"))
        assert process.returncode is None, "it lives"
