"""A facade that serves as many requests as it may: the next are refused with a hint, and health still answers."""

import asyncio
import math
from collections.abc import AsyncIterator

import grpc
import httpx
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc

import facade.congestion
from facade.congestion import LEAST, Congestion
from facade.server import Running, running
from facade.v1 import publish_pb2, publish_pb2_grpc
from tests.faces.client import Failure
from tests.faces.stack import FACES, client
from tests.graphql.socket import UP, connected
from tests.support import basic, settings_for, until
from tests.transports import Gated, running_api
from tests.wire import detail, failed, trailers

pytestmark = pytest.mark.anyio

QUERY = {"query": "{ publishHealth { message } }"}
CHECK = publish_pb2.CheckHealthRequest()


@pytest.fixture(params=FACES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def gate() -> Gated:
    return Gated(running_api)


@pytest.fixture
async def congested(gate: Gated, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """A facade that serves a few requests, and lets none in beside them."""

    class Congested(Congestion):
        def __init__(self, lateness: float) -> None:
            super().__init__(lateness)
            self.most = float(LEAST)

    monkeypatch.setattr(facade.congestion, "GROW", 0.0)  # nor will it let in more because it is on time
    monkeypatch.setattr(facade.congestion, "CALM", math.inf)
    monkeypatch.setattr("facade.server.Congestion", Congested)
    settings = settings_for("http://upstream.invalid")
    async with running(settings, gate) as it, grpc.aio.insecure_channel(it.grpc) as channel:
        calls = [publish_pb2_grpc.PublishServiceStub(channel).CheckHealth(CHECK) for _ in range(LEAST)]
        await until(lambda: gate.waiting == LEAST)
        yield it
        gate.opened.set()
        assert [(await call).message for call in calls] == ["API is running"] * LEAST


@pytest.fixture
async def full(gate: Gated) -> AsyncIterator[Running]:
    """A facade that may serve two requests, and serves two."""
    settings = settings_for("http://upstream.invalid", max_in_flight=2)
    async with running(settings, gate) as facade, grpc.aio.insecure_channel(facade.grpc) as channel:
        calls = [publish_pb2_grpc.PublishServiceStub(channel).CheckHealth(CHECK) for _ in range(2)]
        await until(lambda: gate.waiting == 2)
        yield facade
        gate.opened.set()
        assert [(await call).message for call in calls] == ["API is running"] * 2


@pytest.mark.case("H11")
async def test_a_full_facade_refuses_an_rpc_and_says_when_to_come_back(full: Running, gate: Gated) -> None:
    async with grpc.aio.insecure_channel(full.grpc) as channel:
        error = await failed(publish_pb2_grpc.PublishServiceStub(channel).CheckHealth(CHECK))
    info, retry = detail(error, ErrorInfo), detail(error, RetryInfo)
    assert info is not None
    assert retry is not None
    assert (error.code(), info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert retry.retry_delay.ToMilliseconds() == 1000
    assert trailers(error)["grpc-retry-pushback-ms"] == "1000"
    assert gate.waiting == 2


async def test_a_congested_facade_refuses_an_operation_of_a_websocket_and_keeps_the_connection(
    congested: Running, gate: Gated
) -> None:
    async with connected(congested) as talk:
        for id_ in ("a", "b"):
            await talk.subscribe(id_, QUERY)
            ((error, *_),) = await talk.until_ended(id_)
            told = error["extensions"]
            assert (told["code"], told["reason"], told["retryable"]) == ("RESOURCE_EXHAUSTED", "OVERLOADED", True)
        assert gate.waiting == LEAST
        gate.opened.set()
        await until(lambda: congested.door.in_flight == 0)
        await talk.subscribe("c", QUERY)
        assert await talk.until_ended("c") == [UP, None]


async def test_a_full_facade_refuses_a_query_and_says_when_to_come_back(full: Running, gate: Gated) -> None:
    async with httpx.AsyncClient(base_url=full.http) as client:
        answer = await client.post("/graphql", json=QUERY)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("RESOURCE_EXHAUSTED", "OVERLOADED")
    assert error["extensions"]["retryable"] is True
    assert "data" not in answer.json()
    assert gate.waiting == 2


@pytest.mark.case("H11")
async def test_a_full_facade_still_says_that_it_lives(full: Running) -> None:
    async with httpx.AsyncClient(base_url=full.http) as client:
        assert [(await client.get(path)).status_code for path in ("/healthz", "/readyz")] == [200, 200]
    async with grpc.aio.insecure_channel(full.grpc) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        assert (await health.Check(health_pb2.HealthCheckRequest())).status == 1


async def test_a_place_that_becomes_free_is_given_to_the_next(full: Running, gate: Gated) -> None:
    gate.opened.set()
    await until(lambda: full.door.in_flight == 0)
    async with httpx.AsyncClient(base_url=full.http) as client:
        assert (await client.post("/graphql", json=QUERY)).status_code == 200


async def test_a_request_that_is_refused_for_its_form_gives_its_place_back(full: Running, gate: Gated) -> None:
    gate.opened.set()
    await until(lambda: full.door.in_flight == 0)
    async with httpx.AsyncClient(base_url=full.http) as client:
        for _ in range(5):
            assert (await client.post("/graphql", json=[])).status_code == 400
        assert (await client.post("/graphql", json=QUERY)).status_code == 200
    assert full.door.in_flight == 0


@pytest.mark.case("F04")
async def test_a_caller_who_has_all_that_it_may_harms_no_other(name: str, gate: Gated) -> None:
    settings = settings_for("http://upstream.invalid", max_in_flight_per_caller=3)
    async with running(settings, gate) as facade, client(name, facade) as face:
        calls = [asyncio.create_task(face.call("CheckHealth", headers=basic())) for _ in range(30)]
        await until(lambda: gate.waiting == 3 and sum(call.done() for call in calls) == 27)
        errors = [call.exception() for call in calls if call.done()]
        other = asyncio.create_task(face.call("CheckHealth", headers=basic("user@example.com")))
        await until(lambda: gate.waiting == 4)
        gate.opened.set()
        assert await other == {"message": "API is running"}
        assert sum(not isinstance(each, Failure) for each in await asyncio.gather(*calls, return_exceptions=True)) == 3
        assert await face.call("CheckHealth", headers=basic()) == {"message": "API is running"}
    for error in errors:
        assert isinstance(error, Failure)
        assert (error.code, error.reason) == ("RESOURCE_EXHAUSTED", "RATE_LIMITED")


@pytest.mark.case("F04")
async def test_a_caller_who_sends_too_fast_is_told_when_to_come_back(name: str, gate: Gated) -> None:
    gate.opened.set()
    settings = settings_for("http://upstream.invalid", rate_per_caller=0.01, burst_per_caller=2)
    async with running(settings, gate) as facade, client(name, facade) as face:
        for _ in range(2):
            await face.call("CheckHealth", headers=basic())
        with pytest.raises(Failure) as caught:
            await face.call("CheckHealth", headers=basic())
        await face.call("CheckHealth", headers=basic("user@example.com"))
    assert (caught.value.code, caught.value.reason) == ("RESOURCE_EXHAUSTED", "RATE_LIMITED")
    assert caught.value.message == "A caller can send 0.01 requests a second."


async def test_over_http_it_is_the_caller_s_fault(gate: Gated) -> None:
    gate.opened.set()
    settings = settings_for("http://upstream.invalid", rate_per_caller=0.01, burst_per_caller=1)
    async with running(settings, gate) as facade, httpx.AsyncClient(base_url=facade.http) as http:
        assert (await http.post("/graphql", json=QUERY)).status_code == 200
        answer = await http.post("/graphql", json=QUERY)
    assert answer.status_code == 429
    assert 90 < int(answer.headers["retry-after"]) <= 100
    assert answer.json()["errors"][0]["extensions"]["retryable"] is True


@pytest.mark.case("F03")
async def test_a_congested_facade_refuses_an_rpc_before_it_is_read(congested: Running) -> None:
    async with grpc.aio.insecure_channel(congested.grpc) as channel:
        stub = publish_pb2_grpc.PublishServiceStub(channel)
        error = await failed(stub.CheckHealth(CHECK, metadata=(("x-request-id", "mine"),)))
        stream = await failed(stub.PublishStream(iter([publish_pb2.PublishStreamRequest()])))
    info, retry = detail(error, ErrorInfo), detail(error, RetryInfo)
    assert info is not None
    assert retry is not None
    assert (error.code(), info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert (info.metadata["request_id"], retry.retry_delay.ToMilliseconds()) == ("mine", 1000)
    assert stream.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert congested.door.in_flight == LEAST


@pytest.mark.case("F03")
@pytest.mark.parametrize("accept", ["*/*", "application/graphql-response+json"])
async def test_a_congested_facade_answers_a_query_as_a_full_one_does_without_reading_it(
    congested: Running, gate: Gated, accept: str
) -> None:
    headers = {"x-request-id": "mine", "accept": accept}
    one = settings_for("http://upstream.invalid", max_in_flight=1)
    other_gate = Gated(running_api)
    async with running(one, other_gate) as other, httpx.AsyncClient(base_url=other.http) as client:
        held = asyncio.create_task(client.post("/graphql", json=QUERY))
        await until(lambda: other.door.in_flight == 1)
        full = await client.post("/graphql", json=QUERY, headers=headers)
        other_gate.opened.set()
        assert (await held).status_code == 200
    async with httpx.AsyncClient(base_url=congested.http) as client:
        for _ in range(3):  # on one connection
            answer = await client.post("/graphql", json=QUERY, headers=headers)
            assert (answer.status_code, answer.json()) == (full.status_code, full.json())
            wanted = ("retry-after", "x-request-id", "content-type")
            assert [answer.headers[name] for name in wanted] == [full.headers[name] for name in wanted]
        large = await client.post("/graphql", content=b"x" * 300_000, headers={"content-type": "application/json"})
        assert large.status_code == 503
        gate.opened.set()
        await until(lambda: congested.door.in_flight == 0)
        assert (await client.post("/graphql", json=QUERY)).status_code == 200, "and the connection can be used"


async def test_a_congested_facade_still_tells_its_health(congested: Running) -> None:
    async with httpx.AsyncClient(base_url=congested.http) as client:
        assert [(await client.get(path)).status_code for path in ("/healthz", "/readyz")] == [200, 200]
    async with grpc.aio.insecure_channel(congested.grpc) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        assert (await health.Check(health_pb2.HealthCheckRequest())).status == 1
