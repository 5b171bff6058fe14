"""J05: a facade that may open few files refuses what it has none for, and serves again when there are some."""

import asyncio

import pytest

from facade import sandbox
from tests.catalogue.processes import facade_process
from tests.faces.client import Face, Failure
from tests.faces.graphql import GraphqlFace
from tests.faces.rows import ARGUMENTS, BPM
from tests.faces.rpc import GrpcFace
from tests.faces.stack import FACES
from tests.support import set_faults

pytestmark = pytest.mark.anyio

FILES = 64
CALLERS = 100  # each with a connection of its own


@pytest.mark.case("J05")
@pytest.mark.parametrize("name", FACES)
async def test_a_facade_that_may_open_few_files_sheds_and_recovers(name: str) -> None:
    async with sandbox.running() as upstream, facade_process(upstream.url, files=FILES) as facade:

        async def one() -> str:
            face: Face = GrpcFace(facade.grpc) if name == "grpc" else GraphqlFace(facade.http)
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
