"""What callers see of the facade through Envoy: the same as without it."""

import asyncio
import json
import re
import ssl
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from websockets.asyncio.client import connect

from benchmarks.replicas import envoy
from facade.v1 import provisioning_pb2, provisioning_pb2_grpc, publish_pb2, publish_pb2_grpc
from tests.certificates import HERE, Authority
from tests.deploy.documents import pod
from tests.deploy.edge import PATIENT, Edge, needed, standing
from tests.graphql.socket import HEALTH, SUBPROTOCOL, UP, Talk, sync
from tests.support import basic, set_faults, until
from tests.wire import detail, failed, trailers

pytestmark = [pytest.mark.anyio, needed]

METADATA = tuple(basic().items())
EVENT = publish_pb2.PublishEventRequest(event=publish_pb2.Event(env_customer_id="C-100", entity="host-1"))
MUTATION = {"query": 'mutation { publishEvent(event: {envCustomerId: "C-100", entity: "host-1"}) { message } }'}


def published(edge: Edge) -> int:
    """How many events have reached the upstream."""
    return len(edge.upstream.state.log.entries("/publish/*"))


def user(edge: Edge, mail: str = "api@example.com", **more: str) -> Any:
    """A read over gRPC."""
    users = provisioning_pb2_grpc.ProvisioningServiceStub(edge.channel)
    request = provisioning_pb2.GetUserRequest(mail=mail)
    named = tuple((name.replace("_", "-"), value) for name, value in more.items())
    return users.GetUser(request, metadata=(*METADATA, *named), timeout=PATIENT)


async def test_calls_of_one_connection_are_spread_and_named_as_the_caller_named_them(edge: Edge) -> None:
    for number in range(20):
        assert (await user(edge, x_request_id=f"grpc-{number}")).user.mail == "api@example.com"
        answer = await edge.client.post("/graphql", json=HEALTH, headers={"x-request-id": f"graphql-{number}"})
        assert answer.json() == UP
        assert answer.headers.get_list("x-request-id") == [f"graphql-{number}"]
    await until(lambda: len(edge.envoy.entries()) == 40)
    entries = edge.envoy.entries()
    assert len({entry["replica"] for entry in entries if entry["path"] != "/graphql"}) == 2
    assert len({entry["replica"] for entry in entries if entry["path"] == "/graphql"}) == 2
    assert {entry["request_id"] for entry in entries} == {
        f"{face}-{number}" for face in ("grpc", "graphql") for number in range(20)
    }
    assert "sandbox" not in edge.envoy.log.read_text(), "no credentials"
    assert basic()["authorization"] not in edge.envoy.log.read_text()


async def test_errors_come_with_their_details(edge: Edge) -> None:
    error = await failed(user(edge, "nobody@example.com", x_request_id="mine"))
    info = detail(error, ErrorInfo)
    assert info is not None
    assert (error.code(), info.reason) == (grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND")
    assert info.metadata["request_id"] == "mine"
    query = {"query": '{ user(mail: "nobody@example.com") { mail } }'}
    answer = await edge.client.post("/graphql", json=query, headers=basic() | {"x-request-id": "mine"})
    assert answer.json()["errors"][0]["extensions"]["requestId"] == "mine"


async def test_streams_and_subscriptions_pass(edge: Edge) -> None:
    users = provisioning_pb2_grpc.ProvisioningServiceStub(edge.channel)
    stream = users.StreamUsers(provisioning_pb2.StreamUsersRequest(), metadata=METADATA, timeout=PATIENT)
    assert len([each async for each in stream]) == 250
    headers = basic() | {"accept": "text/event-stream"}
    answer = await edge.client.post("/graphql", json=sync(2), headers=headers)
    assert answer.text.count("event: next") == 4
    url = f"wss://{edge.envoy.address}/graphql"
    async with connect(url, subprotocols=[SUBPROTOCOL], proxy=None, ssl=edge.trusted) as socket:
        talk = Talk(socket)
        await talk.say(type="connection_init", payload=basic())
        assert await talk.hear() == {"type": "connection_ack"}
        await talk.subscribe("1", sync(2, "second.example.com"))
        *updates, end = await talk.until_ended("1")
        assert (len(updates), end) == (4, None)


async def test_what_a_replica_has_not_begun_another_does(edge: Edge) -> None:
    """A facade that has closed its door, and of which Envoy does not know yet."""
    first, _ = edge.facades
    first.door.closing = True
    publish = publish_pb2_grpc.PublishServiceStub(edge.channel)
    for _ in range(10):
        await user(edge)
        await publish.PublishEvent(EVENT, metadata=METADATA, timeout=PATIENT)
        answer = await edge.client.post("/graphql", json=MUTATION, headers=basic())
        assert "errors" not in answer.json()
    assert published(edge) == 20
    await until(lambda: len(edge.envoy.entries()) == 30)
    attempts = {(entry["path"], entry["attempts"]) for entry in edge.envoy.entries()}
    for path in ("/facade.v1.ProvisioningService/GetUser", "/facade.v1.PublishService/PublishEvent", "/graphql"):
        assert (path, 2) in attempts, "else nothing was sent again"
    first.door.closing = False


async def test_what_may_have_taken_effect_is_never_sent_again(edge: Edge) -> None:
    await set_faults(edge.upstream.url, {"path": "/publish/*", "method": "POST", "drop": "after"})
    publish = publish_pb2_grpc.PublishServiceStub(edge.channel)
    error = await failed(publish.PublishEvent(EVENT, metadata=METADATA, timeout=PATIENT))
    assert (error.code(), trailers(error)["grpc-retry-pushback-ms"]) == (grpc.StatusCode.UNKNOWN, "-1")
    await edge.client.post("/graphql", json=MUTATION, headers=basic())
    assert published(edge) == 2


async def test_an_overloaded_facade_is_left_alone_for_as_long_as_it_asks(tmp_path: Path) -> None:
    async with standing(tmp_path, max_in_flight=1) as edge:
        for facade in edge.facades:
            facade.door._limit = 0
        error = await failed(user(edge))
        assert (error.code(), trailers(error)["grpc-retry-pushback-ms"]) == (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "1000",
        )
        assert (await edge.client.post("/graphql", json=HEALTH)).headers["retry-after"] == "1"
        await until(lambda: len(edge.envoy.entries()) == 2)
        assert [entry["attempts"] for entry in edge.envoy.entries()] == [1, 1]


async def test_a_caller_cannot_steer_envoy_by_headers(edge: Edge) -> None:
    steering = {"x-envoy-upstream-rq-timeout-ms": "1", "x-envoy-retry-on": "5xx", "x-envoy-max-retries": "5"}
    await set_faults(edge.upstream.url, {"path": "/publish/*", "method": "POST", "status": 500, "delay": 0.2})
    answer = await edge.client.post("/graphql", json=MUTATION, headers=basic() | steering)
    assert answer.json()["errors"][0]["extensions"]["upstreamStatus"] == 500
    assert published(edge) == 1


@pytest.mark.parametrize("path", ["/", "/metrics", "/healthz", "/stats", "/clusters"])
async def test_what_is_for_operators_is_not_shown(path: str, edge: Edge) -> None:
    answer = await edge.client.get(path)
    assert answer.status_code == 404


async def test_envoy_is_ready_while_a_replica_is(edge: Edge) -> None:
    assert (await edge.client.get("/readyz")).status_code == 200
    for facade in edge.facades:
        facade.door.leaving = True
    while (await edge.client.get("/readyz")).status_code == 200:
        pass
    named = {"x-request-id": "mine"}
    while (answer := await edge.client.post("/graphql", json=HEALTH, headers=named)).status_code == 200:
        pass  # its threads learn of it one after the other
    told = answer.json()["errors"][0]["extensions"]
    assert (answer.status_code, told["code"], told["retryable"]) == (503, "UNAVAILABLE", True)
    assert (told["requestId"], answer.headers["retry-after"]) == ("mine", "1")


async def test_a_new_certificate_is_shown_without_a_restart(edge: Edge, tmp_path: Path) -> None:
    other = Authority("Another")
    issued = other.issue(*HERE)
    for name, content in (("tls.key", issued.key), ("tls.crt", issued.certificate)):
        (tmp_path / "new").write_bytes(content)
        (tmp_path / "new").replace(tmp_path / "edge" / name)
    trusted = ssl.create_default_context(cadata=other.pem.decode())
    while True:
        try:
            async with httpx.AsyncClient(base_url=edge.client.base_url, verify=trusted, timeout=PATIENT) as client:
                assert (await client.post("/graphql", json=HEALTH)).json() == UP
                return
        except httpx.ConnectError:
            pass


async def test_before_it_ends_it_sends_its_clients_elsewhere(edge: Edge) -> None:
    """What Kubernetes runs before it ends Envoy, with shorter waits."""
    [container] = pod("envoy", "facade-edge")["containers"]
    [*shell, script] = container["lifecycle"]["preStop"]["exec"]["command"]
    admin = str(edge.envoy.admin.base_url.port)
    shorter = re.sub(r"sleep \d+", "sleep 0", script.replace("127.0.0.1/9901", f"127.0.0.1/{admin}"))
    assert shorter.count(admin) == 1
    assert (await edge.client.get("/readyz")).status_code == 200
    running = await asyncio.create_subprocess_exec(*shell, shorter, stdout=asyncio.subprocess.PIPE)
    printed, _ = await running.communicate()
    assert printed.decode().count("200 OK") == 2
    assert (await edge.client.get("/readyz")).status_code == 503
    answer = await edge.client.post("/graphql", json=HEALTH)
    assert answer.json() == UP


def test_the_configuration_is_written_whole(tmp_path: Path) -> None:
    written = json.loads(envoy.configuration(tmp_path, [], "https://a.example").read_text())
    assert written["admin"]["address"]["socket_address"]["address"] == "127.0.0.1"
    assert "/etc/" not in json.dumps(written)
