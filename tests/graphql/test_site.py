"""The names that the site goes by, and whose pages may call it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from facade import sandbox
from facade.server import Running, running
from tests.graphql.http import BODY, JSON, only_errors, post
from tests.support import settings_for

pytestmark = pytest.mark.anyio

PAGE = "https://app.example.com"
FOREIGN = "https://canary.example.net"
ASKING = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,authorization"}


@pytest.fixture
async def named(upstream: sandbox.Running) -> AsyncIterator[Running]:
    """A facade that goes by two names, and an address."""
    hosts = "api.example.com, *.apps.example.com, [::1]"
    async with running(settings_for(upstream.url, trusted_hosts=hosts)) as facade:
        yield facade


@pytest.fixture
async def shared(upstream: sandbox.Running) -> AsyncIterator[Running]:
    """A facade that pages of another site may call."""
    async with running(settings_for(upstream.url, cors_origins=[PAGE])) as facade:
        yield facade


@pytest.mark.case("G14")
@pytest.mark.parametrize(
    "host", ["api.example.com", "API.example.com:8080", "x.apps.example.com", "[::1]:8080", "[::1]"]
)
async def test_a_name_that_is_ours_is_served(host: str, named: Running) -> None:
    assert (await post(named, host=host)).status_code == 200


@pytest.mark.case("G14")
@pytest.mark.parametrize(
    "host",
    ["canary.example.com", "api.example.com.canary.net", "apps.example.com", "127.0.0.1", "api.example.com@x", "::1"],
)
async def test_another_name_is_not_served_nor_reflected(host: str, named: Running) -> None:
    answer = await post(named, host=host, x_forwarded_host="api.example.com")
    assert answer.status_code == 421
    only_errors(answer)
    assert "canary" not in f"{answer.text}{answer.headers}"
    with pytest.raises(InvalidStatus) as caught:
        async with connect(
            named.http.replace("http", "ws") + "/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            additional_headers={"host": host},
        ):
            raise AssertionError("connected")
    assert caught.value.response.status_code == 403


async def test_health_is_told_under_any_name(named: Running) -> None:
    async with httpx.AsyncClient(base_url=named.http, headers={"host": "10.0.0.7"}) as client:
        assert [(await client.get(path)).status_code for path in ("/healthz", "/readyz")] == [200, 200]


@pytest.mark.case("G14")
@pytest.mark.parametrize("header", ["host", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-original-url"])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/healthz", "/nothing"])
async def test_what_a_client_says_of_the_site_is_never_reflected(header: str, path: str, facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http, headers={header: "canary.example"}) as client:
        answers = [await client.get(path), await client.post(path, content=BODY, headers={"content-type": JSON})]
    assert "canary" not in "".join(f"{answer.text}{answer.headers}" for answer in answers)


@pytest.mark.case("G08")
@pytest.mark.parametrize("asking", [{}, ASKING])
async def test_no_page_of_another_site_is_allowed_anything(asking: Any, facade: Running, shared: Running) -> None:
    for site in (facade, shared):
        async with httpx.AsyncClient(base_url=site.http, headers={"origin": FOREIGN, **asking}) as client:
            answers = [await client.options("/graphql"), await client.get("/graphql"), await client.get("/healthz")]
        assert not any("access-control-allow-origin" in answer.headers for answer in answers)


async def test_a_page_that_may_call_is_told_so_and_can_read_the_answer(shared: Running) -> None:
    async with httpx.AsyncClient(base_url=shared.http, headers={"origin": PAGE}) as client:
        asked = await client.options("/graphql", headers=ASKING)
        answer = await client.post("/graphql", content=BODY, headers={"content-type": JSON})
        got = await client.get("/graphql")
    assert asked.status_code == 200
    for each in (asked, answer, got):
        assert each.headers["access-control-allow-origin"] == PAGE
        assert each.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in each.headers["vary"]
    assert asked.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-expose-headers"] == "x-request-id, retry-after"
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert got.status_code == 405


@pytest.mark.parametrize(("origin", "opens"), [(PAGE, True), (FOREIGN, False)])
async def test_such_a_page_may_open_a_websocket(origin: str, opens: bool, shared: Running) -> None:
    address = shared.http.replace("http", "ws") + "/graphql"
    opening = connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], origin=Origin(origin))
    if opens:
        async with opening as socket:
            assert socket.subprotocol == "graphql-transport-ws"
    else:
        with pytest.raises(InvalidStatus):
            await opening


async def test_without_pages_of_other_sites_nothing_is_said_of_them(facade: Running) -> None:
    answer = await post(facade)
    assert [name for name in answer.headers if name.startswith("access-control") or name == "vary"] == []
