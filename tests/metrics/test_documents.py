"""GraphQL requests as they are counted: under the field that they ask for, whichever way they come."""

import httpx
import pytest

from facade import sandbox
from facade.server import Running, running
from tests.graphql.socket import HEALTH, connected, sync
from tests.graphql.test_federation import ASKED, users
from tests.graphql.test_sse import EVENTS
from tests.metrics.reading import ends, read
from tests.support import basic, settings_for

pytestmark = pytest.mark.anyio

NOBODY = "nobody@example.com"


@pytest.mark.parametrize(
    ("query", "operation", "code", "reason"),
    [
        pytest.param("{ publishHealth { message } users { totalCount } }", "several", "OK", "", id="several"),
        pytest.param(
            '{ a: user(mail: "user-006@example.com") { mail } ...F }'
            ' fragment F on Query { b: user(mail: "user-002@example.com") { mail } }',
            "user",
            "OK",
            "",
            id="one field twice",
        ),
        pytest.param("{ __typename __schema { description } }", "none", "OK", "", id="about the schema"),
        pytest.param("{ __typename users { totalCount } }", "users", "OK", "", id="beside its type"),
        pytest.param("{ nobody }", "none", "INVALID_ARGUMENT", "INVALID_REQUEST", id="no such field"),
        pytest.param("{", "none", "INVALID_ARGUMENT", "INVALID_REQUEST", id="no document"),
        pytest.param(f'{{ user(mail: "{NOBODY}") {{ mail }} }}', "user", "NOT_FOUND", "USER_NOT_FOUND", id="it fails"),
        pytest.param(
            "query($mail: String!) { user(mail: $mail) { mail } }",
            "user",
            "INVALID_ARGUMENT",
            "INVALID_REQUEST",
            id="no variables",
        ),
    ],
)
async def test_a_document_is_counted_as_what_it_asks_for(
    query: str, operation: str, code: str, reason: str, facade: Running
) -> None:
    async with httpx.AsyncClient(base_url=facade.http, headers=basic()) as http:
        await http.post("/graphql", json={"query": query})
    assert ends(facade) == {("graphql", operation, code, reason): 1}


async def test_a_request_that_is_no_graphql_is_counted(facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http, headers=basic()) as http:
        assert (await http.put("/graphql", json={})).status_code == 405
        assert (await http.post("/graphql", json=[])).status_code == 400
    assert ends(facade) == {("graphql", "none", "INVALID_ARGUMENT", "INVALID_REQUEST"): 2}


async def test_subscriptions_are_counted_whichever_way_they_come(facade: Running) -> None:
    async with connected(facade) as talk:
        await talk.subscribe("a", HEALTH)
        await talk.until_ended("a")
        await talk.subscribe("b", sync(1, "ws.example"))
        await talk.until_ended("b")
        await talk.subscribe("c", {"query": "{ nobody }"})
        await talk.until_ended("c")
    async with httpx.AsyncClient(base_url=facade.http, headers={**basic(), **EVENTS}) as http:
        await http.post("/graphql", json=sync(1, "sse.example"))
    assert ends(facade) == {
        ("graphql", "publishHealth", "OK", ""): 1,
        ("graphql", "syncUsers", "OK", ""): 2,
        ("graphql", "none", "INVALID_ARGUMENT", "INVALID_REQUEST"): 1,
    }


async def test_what_a_gateway_asks_for_is_counted_under_its_own_field(upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url, federation=True)) as facade:
        body = {"query": ASKED, "variables": {"representations": users("api", "user", "nobody")}}
        async with httpx.AsyncClient(base_url=facade.http, headers=basic()) as http:
            await http.post("/graphql", json=body)
            await http.post("/graphql", json={"query": "{ _service { sdl } }"})
        assert ends(facade) == {
            ("graphql", "_entities", "NOT_FOUND", "USER_NOT_FOUND"): 1,
            ("graphql", "none", "OK", ""): 1,
        }
        assert read(facade).some("facade_bulk_items_total", "operation", "code") == {
            ("ProvisioningService/GetUser", "OK"): 2,
            ("ProvisioningService/GetUser", "NOT_FOUND"): 1,
        }
