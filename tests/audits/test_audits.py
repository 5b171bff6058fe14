"""The audits of GraphQL over HTTP that graphql-http has, against a facade. They need Node, and npm's registry once."""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.baselines.node import missing
from facade.server import Running

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
TIME = 60.0  # seconds
AUDITS = {"MUST": 13, "SHOULD": 23, "MAY": 25}
# Those that ask with GET, which is not offered: a page of another site could use a visitor's cookie with it.
WITH_GET = {"5A70", "6A70", "D6D5"}


async def audited(url: str) -> list[dict[str, str]]:
    """The result of each audit."""
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / "audit.mjs"), url, cwd=HERE, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(TIME):
            out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()
    return [json.loads(line) for line in out.decode().splitlines()]


@pytest.mark.case("G12")
async def test_all_that_must_and_all_that_should_be_is(facade: Running) -> None:
    if problem := await asyncio.to_thread(missing, HERE, install=True, within=TIME):
        pytest.skip(problem)
    results = await audited(f"{facade.http}/graphql")
    assert Counter(each["name"].split()[0] for each in results) == AUDITS
    failed = {each["id"]: f"{each['name']}: {each['reason']}" for each in results if each["status"] != "ok"}
    assert failed.keys() == WITH_GET, failed
    assert {text.split()[0] for text in failed.values()} == {"MAY"}
