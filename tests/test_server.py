"""What a running facade offers: by its configured upstreams, by its mode, by its switches."""

from email.utils import parsedate_to_datetime
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from facade import sandbox
from facade.config import ConfigError
from facade.graphql import schema
from facade.server import Running, running
from tests.faces.client import Failure
from tests.faces.graphql import GraphqlFace
from tests.faces.rpc import GrpcFace
from tests.support import settings_for

pytestmark = pytest.mark.anyio

PARTS = ["token_url", "publish_url", "integration_url", "bpm_url"]
SERVICES = {
    "token_url": "facade.v1.TokenService",
    "publish_url": "facade.v1.PublishService",
    "integration_url": "facade.v1.TicketService",
    "bpm_url": "facade.v1.ProvisioningService",
}
CALLS: dict[str, tuple[str, Any]] = {
    "token_url": ("GenerateToken", {"email": "api@example.com", "password": "sandbox"}),
    "publish_url": ("CheckHealth", None),
    "integration_url": ("UpdateTicket", {"update": {"customer_id": "C-100", "sys_id": "s", "state": 4}}),
    "bpm_url": ("GetUser", {"mail": "api@example.com"}),
}
INTROSPECTION = {"query": "{ __schema { queryType { name } } }"}
FILES = ["/schema.graphql", "/descriptor.binpb"]


def only(part: str, url: str) -> Any:
    """Settings with one upstream."""
    return settings_for(url, **{name: None for name in PARTS if name != part})


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("face", ["grpc", "graphql"])
async def test_an_operation_is_there_exactly_if_its_upstream_is_configured(
    part: str, face: str, upstream: sandbox.Running
) -> None:
    async with (
        running(only(part, upstream.url)) as facade,
        GrpcFace(facade.grpc) if face == "grpc" else GraphqlFace(facade.http) as client,
    ):
        for each in PARTS:
            operation, arguments = CALLS[each]
            if each == part:
                assert await client.call(operation, arguments)
                continue
            with pytest.raises(Failure) as caught:
                await client.call(operation, arguments)
            assert (caught.value.code, caught.value.reason) == ("UNIMPLEMENTED", "UPSTREAM_NOT_CONFIGURED")
            assert caught.value.upstream == each.removesuffix("_url")


@pytest.mark.parametrize("part", PARTS)
async def test_a_service_is_healthy_exactly_if_its_upstream_is_configured(part: str, upstream: sandbox.Running) -> None:
    async with running(only(part, upstream.url)) as facade, grpc.aio.insecure_channel(facade.grpc) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for each, service in SERVICES.items():
            answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == (1 if each == part else 2), service
        assert (await health.Check(health_pb2.HealthCheckRequest())).status == 1


@pytest.mark.case("G05")
@pytest.mark.parametrize(
    ("path", "status", "text"),
    [("/healthz", 200, "alive\n"), ("/readyz", 200, "ready\n"), ("/docs", 404, "Not Found")],
)
async def test_http_answers_at(path: str, status: int, text: str, upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url)) as facade, httpx.AsyncClient(base_url=facade.http) as client:
        answer = await client.get(path)
        assert (answer.status_code, answer.text) == (status, text)
        assert "server" not in answer.headers


async def test_development_offers_both_schemas_as_files(upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url)) as facade, httpx.AsyncClient(base_url=facade.http) as client:
        sdl, descriptors = [await client.get(path) for path in FILES]
        assert (sdl.text, sdl.headers["content-type"]) == (schema.sdl(), "text/plain; charset=utf-8")
        names = [file.name for file in FileDescriptorSet.FromString(descriptors.content).file]
        assert "facade/v1/publish.proto" in names
        assert descriptors.headers["content-type"] == "application/octet-stream"


@pytest.mark.case("G05")
@pytest.mark.parametrize(
    ("changes", "graphql", "reflection"),
    [
        pytest.param({"mode": "development"}, True, True, id="development"),
        pytest.param({"mode": "production"}, False, False, id="production"),
        pytest.param({"mode": "production", "introspection": True}, True, False, id="introspection on"),
        pytest.param({"mode": "production", "reflection": True}, False, True, id="reflection on"),
        pytest.param({"mode": "development", "introspection": False}, False, True, id="introspection off"),
        pytest.param({"mode": "development", "reflection": False}, True, False, id="reflection off"),
    ],
)
async def test_what_tells_of_the_schema_is_switched_by(
    changes: dict[str, Any], graphql: bool, reflection: bool, upstream: sandbox.Running
) -> None:
    async with running(settings_for(upstream.url, **changes)) as facade:
        async with httpx.AsyncClient(base_url=facade.http) as client:
            assert [(await client.get(path)).is_success for path in FILES] == [graphql, reflection]
            assert ((await client.post("/graphql", json=INTROSPECTION)).status_code == 200) is graphql
            misspelt = await client.post("/graphql", json={"query": "{ publishHealt { message } }"})
            variable = {"query": "mutation($e: EventInput!) { publishEvent(event: $e) { message } }"}
            wrong = await client.post("/graphql", json=variable | {"variables": {"e": {"entit": "x"}}})
            assert ("Did you mean" in misspelt.text, "Did you mean" in wrong.text) == (graphql, graphql)
            assert (misspelt.status_code, wrong.status_code) == (400, 400)
        assert await reflects(facade.grpc) is reflection


@pytest.mark.case("G05")
async def test_in_production_there_is_no_page_to_try_queries_on(upstream: sandbox.Running) -> None:
    async with (
        running(settings_for(upstream.url, mode="production")) as facade,
        httpx.AsyncClient(base_url=facade.http) as client,
    ):
        answer = await client.get("/graphql", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.status_code == 405
    assert answer.headers["content-type"].startswith("application/json")
    assert "<" not in answer.text


async def reflects(address: str) -> bool:
    """Whether the server tells of its services."""
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    async with grpc.aio.insecure_channel(address) as channel:
        call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([request]))
        try:
            return bool((await call.read()).list_services_response.service)
        except grpc.aio.AioRpcError as error:
            return error.code() is not grpc.StatusCode.UNIMPLEMENTED


async def test_the_typename_of_a_query_is_no_introspection(upstream: sandbox.Running) -> None:
    settings = settings_for(upstream.url, mode="production")
    async with running(settings) as facade, httpx.AsyncClient(base_url=facade.http) as client:
        answer = await client.post("/graphql", json={"query": "{ __typename }"})
        assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("name", ["grpc_address", "http_address"])
async def test_an_address_that_is_taken_is_told_and_nothing_stays_behind(name: str, upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url)) as first:
        taken = first.grpc if name == "grpc_address" else first.http.removeprefix("http://")
        with pytest.raises(ConfigError, match=f"FACADE_{name.upper()}: cannot listen on {taken}"):
            async with running(settings_for(upstream.url, **{name: taken})):
                raise AssertionError("it started")


async def test_it_can_listen_on_ipv6(upstream: sandbox.Running) -> None:
    settings = settings_for(upstream.url, grpc_address="[::1]:0", http_address="[::1]:0")
    async with running(settings) as facade, GrpcFace(facade.grpc) as rpc, GraphqlFace(facade.http) as graphql:
        assert facade.grpc.startswith("[::1]:")
        assert facade.http.startswith("http://[::1]:")
        assert await rpc.call("CheckHealth") == await graphql.call("CheckHealth")


async def test_requests_beyond_the_largest_are_refused_on_both_faces(upstream: sandbox.Running) -> None:
    settings = settings_for(upstream.url, max_request_bytes=2000)
    event = {"event": {"env_customer_id": "C-100", "description": "x" * 2000}}
    async with running(settings) as facade, GrpcFace(facade.grpc) as rpc, GraphqlFace(facade.http) as graphql:
        with pytest.raises(Failure) as caught:
            await rpc.call("PublishEvent", event)
        assert caught.value.code == "RESOURCE_EXHAUSTED"
        answer = await graphql.client.post("/graphql", json={"query": "{ __typename }", "x": "x" * 2000})
        assert answer.status_code == 413
        assert upstream.state.log.entries() == []


async def test_an_answer_has_a_date_that_goes_on(facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http) as client:
        first = (await client.get("/healthz")).headers["date"]
        while (date := (await client.get("/healthz")).headers["date"]) == first:
            pass
    assert parsedate_to_datetime(first) < parsedate_to_datetime(date)
