"""Upstreams that are down, hang or come and go: what callers of both faces see, and what health says of it."""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc

from facade import sandbox
from facade.server import Running, running
from facade.v1 import provisioning_pb2, provisioning_pb2_grpc
from tests.faces.client import Face, Failure
from tests.faces.rows import ARGUMENTS, BPM, NOWHERE
from tests.faces.stack import FACES, client, standing
from tests.support import basic, set_faults, settings_for, until
from tests.wire import detail, failed

pytestmark = pytest.mark.anyio

WELL, ILL = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
SERVICES = ("Token", "Publish", "Ticket", "Provisioning")
USER = ARGUMENTS["GetUser"]


async def ended(face: Face, operation: str, headers: Any = None) -> Failure:
    with pytest.raises(Failure) as caught:
        await face.call(operation, ARGUMENTS.get(operation), headers)
    return caught.value


async def health(facade: Running) -> dict[str, int]:
    """What gRPC's health says of the server ("") and of each service."""
    async with grpc.aio.insecure_channel(facade.grpc) as channel:
        found = await health_pb2_grpc.HealthStub(channel).List(health_pb2.HealthListRequest())
    return {
        name.removeprefix("facade.v1.").removesuffix("Service"): each.status for name, each in found.statuses.items()
    }


async def states(facade: Running) -> dict[str, Any]:
    """What `/readyz` tells those who ask for JSON."""
    async with httpx.AsyncClient(base_url=facade.http) as http:
        answer = await http.get("/readyz", headers={"accept": "application/json"})
    assert answer.status_code == 200, "the process serves, whatever its upstreams do"
    found: dict[str, Any] = answer.json()
    assert found["status"] == "ready"
    return found["upstreams"]  # type: ignore[no-any-return]  # JSON


async def eventually(facade: Running, **expected: str) -> None:
    """Waits until `/readyz` tells so of these upstreams."""
    async with asyncio.timeout(10):
        while not expected.items() <= (await states(facade)).items():  # noqa: ASYNC110 - it is asked over the network
            await asyncio.sleep(0.01)


@pytest.mark.case("D11")
@pytest.mark.parametrize("name", FACES)
async def test_one_upstream_that_is_down_takes_nothing_from_the_others(name: str) -> None:
    async with standing(name, bpm_url=NOWHERE) as stack:
        for _ in range(10):
            failure = await ended(stack.face, "GetUser")
            assert (failure.code, failure.upstream) == ("UNAVAILABLE", "bpm")
            for operation in ("CheckHealth", "PublishEvent", "UpdateTicket"):
                await stack.face.call(operation, ARGUMENTS.get(operation))
        await eventually(stack.facade, token="up", publish="up", integration="up", bpm="down")


@pytest.mark.case("D11")
async def test_a_query_of_two_upstreams_of_which_one_is_down_has_the_others_fields() -> None:
    query = '{ publishHealth { message } user(mail: "user@example.com") { mail } }'
    async with standing("graphql", bpm_url=NOWHERE) as stack, httpx.AsyncClient(base_url=stack.facade.http) as http:
        for _ in range(5):
            content = (await http.post("/graphql", json={"query": query}, headers=basic())).json()
            [error] = content["errors"]
            assert (error["path"], error["extensions"]["code"]) == (["user"], "UNAVAILABLE")
            assert content["data"] == {"publishHealth": {"message": "API is running"}, "user": None}


@pytest.mark.case("F02", "C01")
async def test_an_upstream_that_is_down_is_left_alone_and_found_again(face: Face, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": BPM, "status": 503})
    for _ in range(200):
        failure = await ended(face, "GetUser")
        assert (failure.code, failure.reason, failure.upstream) == ("UNAVAILABLE", "UPSTREAM_OVERLOADED", "bpm")
    assert len(upstream.state.log.entries(BPM)) < 100, "five, and then trials"
    await set_faults(upstream.url)

    async with asyncio.timeout(10):
        while True:
            try:
                assert (await face.call("GetUser", USER))["user"]["mail"] == USER["mail"]
            except Failure:
                continue
            break


async def test_a_caller_over_grpc_is_told_when_to_come_back() -> None:
    async with standing("grpc", bpm_url=NOWHERE, breaker_failures=3) as stack:
        await eventually(stack.facade, bpm="down")
        async with grpc.aio.insecure_channel(stack.facade.grpc) as channel:
            stub = provisioning_pb2_grpc.ProvisioningServiceStub(channel)
            request = provisioning_pb2.GetUserRequest(mail=USER["mail"])
            error = await failed(stub.GetUser(request, metadata=tuple(basic().items())))
    retry = detail(error, RetryInfo)
    assert retry is not None
    assert 0 < retry.retry_delay.ToMilliseconds() <= 5000


@pytest.mark.case("E10")
@pytest.mark.parametrize(("status", "code"), [(429, "RESOURCE_EXHAUSTED"), (503, "UNAVAILABLE")])
@pytest.mark.parametrize("name", FACES)
async def test_a_login_that_is_overloaded_has_a_breaker_of_its_own(name: str, status: int, code: str) -> None:
    async with standing(name, breaker_failures=3) as stack:
        mine = (await stack.face.call("GenerateToken", ARGUMENTS["GenerateToken"]))["token"]["access_token"]
        await set_faults(stack.upstream.url, {"path": "/api/*", "status": status})
        for _ in range(10):
            failure = await ended(stack.face, "PublishEvent")
            assert (failure.code, failure.reason, failure.upstream) == (code, "UPSTREAM_OVERLOADED", "token")
        await eventually(stack.facade, token="down" if status == 503 else "up", publish="up")
        await stack.face.call("PublishEvent", ARGUMENTS["PublishEvent"], {"authorization": f"Bearer {mine}"})


@pytest.mark.case("F05")
@pytest.mark.parametrize("name", FACES)
async def test_an_upstream_that_hangs_holds_its_own_places_and_no_others(name: str) -> None:
    places = 100
    async with standing(name, upstream_concurrency=places, max_in_flight=150) as stack:
        await set_faults(stack.upstream.url, {"path": BPM, "delay": 60})
        calls = [asyncio.create_task(stack.face.call("GetUser", USER)) for _ in range(140)]
        await until(lambda: sum(call.done() for call in calls) == 40, timeout=30)
        for _ in range(20):
            await stack.face.call("CheckHealth")
            await stack.face.call("PublishEvent", ARGUMENTS["PublishEvent"])
        assert sum(not call.done() for call in calls) == places
        for call in calls:
            call.cancel()
        ends = await asyncio.gather(*calls, return_exceptions=True)
        refused = [end for end in ends if isinstance(end, Failure)]
        assert {(each.code, each.reason) for each in refused} == {("RESOURCE_EXHAUSTED", "UPSTREAM_OVERLOADED")}
        await until(lambda: stack.facade.door.in_flight == 0)


@pytest.mark.parametrize("name", FACES)
async def test_an_upstream_that_hangs_is_found_out_by_those_who_wait_and_not_by_those_who_do_not(name: str) -> None:
    async with standing(name, breaker_patience=0.3, breaker_failures=3) as stack:
        await set_faults(stack.upstream.url, {"path": BPM, "delay": 60})
        for _ in range(10):
            with pytest.raises(Failure):
                await stack.face.call("GetUser", USER, timeout=0.05)
        assert (await states(stack.facade))["bpm"] == "up"
        await asyncio.gather(*(stack.face.call("GetUser", USER, timeout=1.0) for _ in range(3)), return_exceptions=True)
        assert (await states(stack.facade))["bpm"] == "down"


@pytest.mark.case("C21")
@pytest.mark.parametrize("name", FACES)
async def test_of_an_upstream_that_comes_and_goes_most_of_its_time_is_used(name: str) -> None:
    """Two rounds of what the catalogue has thirty of."""
    ends: list[bool] = []
    async with standing(name) as stack:

        async def calling(seconds: float) -> float:
            begun = time.monotonic()
            while time.monotonic() < begun + seconds:
                due = time.monotonic() + 0.02
                try:
                    await stack.face.call("GetUser", USER)
                except Failure:
                    ends.append(False)
                else:
                    ends.append(True)
                await asyncio.sleep(due - time.monotonic())
            return time.monotonic() - begun

        up = down = 0.0
        for _ in range(2):
            await set_faults(stack.upstream.url, {"drop": "before"})
            down += await calling(1.0)
            await set_faults(stack.upstream.url)
            up += await calling(1.0)
    assert sum(ends) / len(ends) >= up / (up + down) - 0.1


@pytest.mark.case("J07")
@pytest.mark.parametrize("name", FACES)
async def test_it_starts_while_its_upstreams_are_down_says_so_and_recovers_although_nobody_calls(name: str) -> None:
    async with sandbox.running() as gone:
        pass
    port = int(gone.url.rpartition(":")[2])
    everything = dict.fromkeys(("token", "publish", "integration", "bpm"), "down")
    async with AsyncExitStack() as stack:
        facade = await stack.enter_async_context(running(settings_for(gone.url)))
        face = await stack.enter_async_context(client(name, facade))
        await eventually(facade, **everything)
        assert await health(facade) == {"": WELL, **dict.fromkeys(SERVICES, ILL)}
        assert (await ended(face, "CheckHealth")).code == "UNAVAILABLE"
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(facade.grpc))
        asked = health_pb2.HealthCheckRequest(service="facade.v1.PublishService")
        watch = health_pb2_grpc.HealthStub(channel).Watch(asked)
        assert (await watch.read()).status == ILL
        await stack.enter_async_context(sandbox.running(port=port))
        assert (await watch.read()).status == WELL
        watch.cancel()
        await eventually(facade, **dict.fromkeys(everything, "up"))
        assert await health(facade) == dict.fromkeys(("", *SERVICES), WELL)
        assert await face.call("CheckHealth") == {"message": "API is running"}


async def test_readiness_names_no_address_and_an_upstream_that_is_not_configured_is_off() -> None:
    async with running(settings_for("http://canary.invalid", bpm_url=None)) as facade:
        found = await states(facade)
        assert "canary" not in json.dumps(found)
        assert found["bpm"] == "off"
        assert found.keys() == {"token", "publish", "integration", "bpm"}
