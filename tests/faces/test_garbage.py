"""A call that failed is freed when it ends, as one that went well: its exception does not hold what it passed through.

What refers to itself waits for the garbage collector, which stops everything: for half a second, where thousands of
calls had failed because an upstream was slow.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType

import httpx
import pytest

import facade
from facade.domain.provisioning import User
from facade.errors import Reason
from tests.faces.client import Failure
from tests.faces.more_rows import OURS, WITHOUT_ANSWER
from tests.faces.rows import ARGUMENTS, BY_STATUS, KNOWN_ANSWERS, Row
from tests.faces.stack import FACES, standing
from tests.support import basic, set_faults

FACADE = str(Path(facade.__file__).parent)
pytestmark = pytest.mark.anyio

ROWS = {
    row.reason: row
    for row in [*KNOWN_ANSWERS, *BY_STATUS, *WITHOUT_ANSWER, *OURS]
    if row.reason is not Reason.LIST_CHANGED  # which takes more than one call with the usual arguments
}


@contextmanager
def collecting_later() -> Iterator[list[object]]:
    """Whatever only the collector would have freed; empty until the end of the block."""
    found: list[object] = []
    gc.disable()
    gc.freeze()  # what is there already is not looked at
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
        gc.enable()


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_what_failed_is_freed_at_once(name: str, row: Row) -> None:
    async with standing(name, **row.settings) as stack:
        if row.faults:
            await set_faults(stack.upstream.url, *row.faults)
        await row.prepare(stack)
        with collecting_later() as found:
            for _ in range(3):
                with pytest.raises(Failure):
                    await stack.face.call(row.operation, row.arguments or ARGUMENTS[row.operation], row.headers)

    held = [each for each in found if isinstance(each, FrameType) and each.f_code.co_filename.startswith(FACADE)]
    assert not [(frame.f_code.co_qualname, frame.f_lineno) for frame in held]


async def test_what_went_well_beside_it_is_freed_too() -> None:
    query = '{ users(first: 100) { nodes { mail } } user(mail: "nobody@example.com") { mail } }'
    async with standing("graphql") as stack:
        with collecting_later() as found:
            async with httpx.AsyncClient(base_url=stack.facade.http, headers=basic()) as client:
                answer = (await client.post("/graphql", json={"query": query})).json()

    assert answer["errors"]
    assert answer["data"]["users"]["nodes"]
    assert not [each for each in found if isinstance(each, User)]


@pytest.mark.parametrize("fields", [2, 5])
async def test_what_failed_beside_another_is_freed_too(fields: int) -> None:
    query = (
        "{ " + " ".join(f"list{number}: users(first: 100) {{ nodes {{ mail }} }}" for number in range(fields)) + " }"
    )
    async with standing("graphql") as stack:
        await set_faults(stack.upstream.url, {"path": "*", "status": 500})
        with collecting_later() as found:
            async with httpx.AsyncClient(base_url=stack.facade.http, headers=basic()) as client:
                for _ in range(3):
                    answer = (await client.post("/graphql", json={"query": query})).json()
                    assert len(answer["errors"]) == 1
                    assert answer["data"] is None

    assert not [each for each in found if isinstance(each, (FrameType, TracebackType))]
