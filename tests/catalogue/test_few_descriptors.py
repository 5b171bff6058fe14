"""J05: a facade that may open few files refuses what it has none for, and serves again when there are some."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from facade import sandbox
from tests.faces.client import Face, Failure
from tests.faces.graphql import GraphqlFace
from tests.faces.rows import ARGUMENTS, BPM
from tests.faces.rpc import GrpcFace
from tests.faces.stack import FACES
from tests.readme.processes import BIN, START, environment, started, stdout
from tests.support import set_faults

pytestmark = pytest.mark.anyio

FILES = 64
CALLERS = 100  # each with a connection of its own


@asynccontextmanager
async def facade_with_few_files(upstream: str) -> AsyncIterator[tuple[str, str]]:
    """Its addresses of gRPC and GraphQL."""
    env = {f"FACADE_{name}_URL": upstream for name in ("TOKEN", "PUBLISH", "INTEGRATION", "BPM")}
    env |= {"FACADE_GRPC_ADDRESS": "127.0.0.1:0", "FACADE_HTTP_ADDRESS": "127.0.0.1:0", "FACADE_LOG_LEVEL": "warning"}
    inherited = {name: value for name, value in environment().items() if not name.startswith("COV")}
    command = ("sh", "-c", f'ulimit -n {FILES}; exec "$0" serve', str(BIN / "facade"))
    async with started(*command, env=inherited | env, cwd=Path.cwd(), errors=asyncio.subprocess.DEVNULL) as process:
        found: dict[str, str] = {}
        async with asyncio.timeout(START):
            while "GraphQL" not in found:
                line = (await stdout(process).readline()).decode().split()
                assert line, "it did not start"
                found[line[0]] = line[-1]
        yield found["gRPC"], found["GraphQL"].removesuffix("/graphql")
        assert process.returncode is None, "it lives"


@pytest.mark.case("J05")
@pytest.mark.parametrize("name", FACES)
async def test_a_facade_that_may_open_few_files_sheds_and_recovers(name: str) -> None:
    async with sandbox.running() as upstream, facade_with_few_files(upstream.url) as (rpc, http):

        async def one() -> str:
            face: Face = GrpcFace(rpc) if name == "grpc" else GraphqlFace(http)
            try:
                async with face, asyncio.timeout(3):
                    await face.call("GetUser", ARGUMENTS["GetUser"])
            except Failure as failure:
                return failure.reason or failure.code
            except Exception as error:  # noqa: BLE001 - what a client meets whose connection is closed or not taken
                return type(error).__name__
            return "served"

        assert await one() == "served"
        await set_faults(upstream.url, {"path": BPM, "delay": 0.5})
        ends = await asyncio.gather(*(one() for _ in range(CALLERS)))
        assert set(ends) != {"served"}
        assert "INTERNAL" not in ends
        await set_faults(upstream.url)

        async with asyncio.timeout(20):
            while await one() != "served":
                pass
        assert [await one() for _ in range(5)] == ["served"] * 5
