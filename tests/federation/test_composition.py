"""The subgraph composes with another that adds to its users, and answers what the gateway then sends it.

Apollo's own composition and query planner are asked. They need Node, and npm's registry once.
"""

import asyncio
import json
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.baselines.node import missing
from facade import sandbox
from facade.graphql import federation
from facade.server import running
from tests.support import basic, settings_for

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
TIME = 120.0  # seconds
INCIDENTS = """
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires", "@shareable"])

type Query { incidents(first: Int): IncidentConnection! }

type IncidentConnection { nodes: [Incident!]! pageInfo: PageInfo! }

type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }

type Incident { id: ID! assignee: User }

type User @key(fields: "mail") {
  mail: String!
  cn: String! @external
  openIncidents: Int!
  greeting: String! @requires(fields: "cn")
}
"""
QUERY = """{
  incidents { nodes { id assignee { mail cn tester openIncidents } } pageInfo { endCursor } }
  user(mail: "user@example.com") { sn greeting }
}"""


async def composed(sdl: str, other: str = INCIDENTS, query: str = QUERY) -> dict[str, Any]:
    """What compose.mjs says of the facade's schema and another."""
    if problem := await asyncio.to_thread(missing, HERE, install=True, within=TIME):
        pytest.skip(problem)
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / "compose.mjs"), cwd=HERE, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    given = json.dumps({"subgraphs": {"facade": sdl, "incidents": other}, "query": query}).encode()
    try:
        async with asyncio.timeout(TIME):
            out, errors = await process.communicate(given)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()
    found: dict[str, Any] = json.loads(out)
    return found


async def test_a_gateway_composes_it_with_another_and_gets_from_it_what_its_plan_asks(
    upstream: sandbox.Running,
) -> None:
    async with (
        running(settings_for(upstream.url, federation=True, mode="production")) as facade,
        httpx.AsyncClient(base_url=facade.http) as client,
    ):
        asked = await client.post("/graphql", json={"query": "{_service{sdl}}"})
        found = await composed(asked.json()["data"]["_service"]["sdl"])
        assert (found["errors"], found["hints"]) == ([], [])

        ours = [fetch for fetch in found["fetches"] if fetch["subgraph"] == "facade"]
        (entities,) = [fetch["document"] for fetch in ours if fetch["requires"]]
        (root,) = [fetch["document"] for fetch in ours if not fetch["requires"]]
        references = [{"__typename": "User", "mail": mail} for mail in ("api@example.com", "user@example.com")]
        answer = await client.post(
            "/graphql", json={"query": entities, "variables": {"representations": references}}, headers=basic()
        )
        assert answer.json() == {
            "data": {"_entities": [{"cn": "API", "tester": False}, {"cn": "Organization", "tester": False}]}
        }
        answer = await client.post("/graphql", json={"query": root}, headers=basic())
        assert answer.json()["data"]["user"] == {
            "__typename": "User", "mail": "user@example.com", "sn": "user", "cn": "Organization"
        }  # fmt: skip


async def test_composition_tells_where_another_subgraph_does_not_fit() -> None:
    found = await composed(
        federation.sdl(), INCIDENTS.replace("openIncidents: Int!", "openIncidents: Int! tester: Int")
    )
    assert any("User.tester" in message for message in found["errors"])
    assert found["fetches"] == []
