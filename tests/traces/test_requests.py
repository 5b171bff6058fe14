"""One trace from caller to upstream, told to a collector over OTLP: parents, names, times, codes."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest
from opentelemetry.semconv._incubating.attributes import (
    error_attributes,
    graphql_attributes,
    http_attributes,
    network_attributes,
    rpc_attributes,
    server_attributes,
    url_attributes,
)

from facade.traces.context import written
from tests.faces.client import Failure
from tests.faces.graphql import DOCUMENTS, GraphqlFace
from tests.faces.stack import FACES, Stack, standing
from tests.graphql.socket import HEALTH, UP, connected, sync
from tests.support import basic, set_faults
from tests.traces.collector import Collector, collecting

REGISTRY = (
    error_attributes,
    graphql_attributes,
    http_attributes,
    network_attributes,
    rpc_attributes,
    server_attributes,
    url_attributes,
)
pytestmark = pytest.mark.anyio

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CALLER = {"traceparent": written(TRACE, PARENT, 1), "tracestate": "vendor=1, other=a b"}
BOTH = 'query Both { publishHealth { message } user(mail: "api@example.com") { mail } }'
EVENT = {"event": {"entity": "web-1"}}
SERVER = {"grpc": "facade.v1.PublishService/PublishEvent", "graphql": "mutation"}
USER = "GET /bpm/portal/rest/v1/UserProvisioningService.json/{mail}"
CODE = {"grpc": "rpc.response.status_code", "graphql": "facade.code"}


def sent_on(stack: Stack, path: str) -> list[dict[str, str]]:
    """The headers that reached the sandbox there."""
    return [entry.headers for entry in stack.upstream.state.log.entries(path + "*")]


async def test_a_graphql_request_over_two_upstreams_is_one_trace() -> None:
    before = time.time_ns()
    async with collecting() as collector, standing("graphql", traces_endpoint=collector.url) as stack:
        assert isinstance(stack.face, GraphqlFace)
        answer = await stack.face.execute(BOTH, headers=basic() | CALLER | {"x-request-id": "r-1"})
        assert "errors" not in answer
        [health] = sent_on(stack, "/publish/healthcheck")
        [user] = sent_on(stack, "/bpm")
        bpm = int(stack.upstream.url.rpartition(":")[2])
    root, called, other = (collector.one(name) for name in ("query", USER, "GET /publish/healthcheck/"))
    assert len(collector.spans) == 3
    assert before <= root.start <= root.end <= time.time_ns()
    assert (root.trace_id, root.parent, root.kind) == (TRACE, PARENT, "SERVER")
    assert called.within(root)
    assert other.within(root)
    assert [span.kind for span in (called, other)] == ["CLIENT", "CLIENT"]
    assert not any(span.failed for span in collector.spans)
    assert {span.state for span in collector.spans} == {"vendor=1,other=a b"}
    assert root.attributes == {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Both",
        "facade.operations": ["ProvisioningService/GetUser", "PublishService/CheckHealth"],
        "http.request.method": "POST",
        "http.route": "/graphql",
        "url.path": "/graphql",
        "url.scheme": "http",
        "http.response.status_code": 200,
        "facade.request_id": "r-1",
        "facade.code": "OK",
    }
    assert called.attributes == {
        "http.request.method": "GET",
        "url.scheme": "http",
        "url.template": USER.removeprefix("GET "),
        "server.address": "127.0.0.1",
        "server.port": bpm,
        "facade.upstream": "bpm",
        "facade.operation": "GetUser",
        "http.response.status_code": 200,
        "facade.code": "OK",
    }
    assert user["traceparent"] == written(TRACE, called.id, 1)
    assert health["traceparent"] == written(TRACE, other.id, 1)
    assert user["tracestate"] == "vendor=1,other=a b"
    # The flags of W3C, that it is known whether the parent is remote, and that it is.
    assert (root.flags, called.flags) == (0x301, 0x101)


@pytest.mark.parametrize("name", FACES)
async def test_a_login_is_a_span_in_the_request_s_and_holds_the_call_of_the_token_api(name: str) -> None:
    async with collecting() as collector, standing(name, traces_endpoint=collector.url) as stack:
        await stack.face.call("PublishEvent", EVENT, basic() | CALLER)
        await stack.face.call("PublishEvent", EVENT)
    [root, _] = [span for span in collector.spans if span.kind == "SERVER"]
    login, token = collector.one("login"), collector.one("POST /api/v1/user/token")
    [published, again] = [span for span in collector.spans if span.name == "POST /publish/allevents"]
    assert (root.name, root.trace_id, root.parent) == (SERVER[name], TRACE, PARENT)
    assert root.attributes[CODE[name]] == "OK"
    assert login.kind == "INTERNAL"
    assert login.within(root)
    assert token.within(login)
    assert published.within(root)
    assert login.end <= published.start
    assert published.attributes["http.request.method"] == "POST"
    assert again.trace_id not in {TRACE, ""}, "the second request is a trace of its own"


async def test_a_call_of_grpc_is_named_as_the_conventions_want_it() -> None:
    async with collecting() as collector, standing("grpc", traces_endpoint=collector.url) as stack:
        await stack.face.call("GetUser", {"mail": "api@example.com"}, basic() | CALLER | {"x-request-id": "r-1"})
        [user] = sent_on(stack, "/bpm")
    root = collector.one("facade.v1.ProvisioningService/GetUser")
    assert collector.one(USER).within(root)
    assert user["traceparent"] == written(TRACE, collector.one(USER).id, 1)
    assert root.attributes == {
        "rpc.system.name": "grpc",
        "rpc.method": "facade.v1.ProvisioningService/GetUser",
        "rpc.response.status_code": "OK",
        "facade.request_id": "r-1",
    }


async def test_the_collector_is_told_who_tells() -> None:
    async with (
        collecting() as collector,
        standing("grpc", traces_endpoint=collector.url, traces_service_name="facade-blue") as stack,
    ):
        await stack.face.call("CheckHealth")
    assert collector.resource["service.name"] == "facade-blue"
    assert len(collector.resource["service.instance.id"]) == 32
    [(headers, _)] = collector.requests
    assert headers[":line"] == "POST /v1/traces HTTP/1.1"
    assert headers["content-type"] == "application/x-protobuf"


async def test_those_who_wait_for_a_login_link_to_it() -> None:
    async with collecting() as collector, standing("graphql", traces_endpoint=collector.url) as stack:
        await set_faults(stack.upstream.url, {"path": "/api/v1/user/token", "delay": 0.3, "times": 1})
        calls = (stack.face.call("PublishEvent", EVENT) for _ in range(3))
        await asyncio.gather(*calls)
    login = collector.one("login")
    waiting = [span for span in collector.spans if span.name == "wait for login"]
    roots = {span.id: span for span in collector.spans if span.kind == "SERVER"}
    assert len(waiting) == 2
    assert len({login.trace_id, *(span.trace_id for span in waiting)}) == 3
    for span in waiting:
        assert span.within(roots[span.parent])
        assert span.links == [(login.trace_id, login.id)]


async def test_each_try_of_a_call_is_a_span() -> None:
    async with collecting() as collector, standing("grpc", traces_endpoint=collector.url) as stack:
        await set_faults(stack.upstream.url, {"path": "/bpm*", "status": 503, "times": 1})
        await stack.face.call("GetUser", {"mail": "api@example.com"})
        parents = [headers["traceparent"] for headers in sent_on(stack, "/bpm")]
    first, second = [span for span in collector.spans if span.kind == "CLIENT"]
    assert [written(span.trace_id, span.id, 3) for span in (first, second)] == parents
    assert first.failed
    assert first.attributes["http.response.status_code"] == 503
    assert first.attributes["error.type"] == "UPSTREAM_OVERLOADED"
    assert "http.request.resend_count" not in first.attributes
    assert not second.failed
    assert second.attributes["http.request.resend_count"] == 1


async def test_operations_over_a_websocket_are_in_the_trace_of_their_connection() -> None:
    async with (
        collecting() as collector,
        standing("graphql", traces_endpoint=collector.url) as stack,
        connected(stack.facade, basic() | CALLER) as talk,
    ):
        await talk.subscribe("1", HEALTH)
        assert await talk.until_ended("1") == [UP, None]
        await talk.subscribe("2", sync(2))
        assert (await talk.until_ended("2"))[-1] is None
    query, subscription = collector.one("query"), collector.one("subscription")
    for root in (query, subscription):
        assert (root.kind, root.trace_id, root.parent) == ("SERVER", TRACE, PARENT)
        assert root.attributes["network.protocol.name"] == "websocket"
    assert collector.one("GET /publish/healthcheck/").within(query)
    added = [span for span in collector.spans if span.attributes.get("facade.operation") == "CreateUser"]
    assert len(added) == 2
    assert all(span.within(subscription) for span in added)


@pytest.mark.parametrize("name", FACES)
async def test_items_of_a_bulk_operation_are_calls_of_its_request(name: str) -> None:
    async with collecting() as collector, standing(name, traces_endpoint=collector.url) as stack:
        answer = await stack.face.call("DeleteUsers", {"mails": ["user-002@example.com", "nobody@example.com"]})
    assert [result["code"] for result in answer["results"]] == ["OK", "NOT_FOUND"]
    [root] = [span for span in collector.spans if span.kind == "SERVER"]
    done, missing = [span for span in collector.spans if span.kind == "CLIENT"]
    assert done.within(root)
    assert missing.within(root)
    assert [span.failed for span in (root, done, missing)] == [False, False, True]


async def test_a_request_has_a_limit_of_spans_and_says_how_many_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facade.traces.span.MOST", 5)
    async with collecting() as collector, standing("grpc", traces_endpoint=collector.url) as stack:
        mails = [f"user-{number:03}@example.com" for number in range(10, 22)]
        await stack.face.call("DeleteUsers", {"mails": mails})
        parents = {headers["traceparent"] for headers in sent_on(stack, "/bpm")}
    [root] = [span for span in collector.spans if span.kind == "SERVER"]
    calls = [span for span in collector.spans if span.kind == "CLIENT"]
    assert len(calls) == 5
    assert root.attributes["facade.spans_left_out"] == 7
    assert parents == {written(span.trace_id, span.id, 3) for span in (root, *calls)}


@pytest.mark.parametrize("name", FACES)
async def test_nothing_of_a_probe_is_traced(name: str) -> None:
    async with collecting() as collector, standing(name, traces_endpoint=collector.url):
        pass
    assert collector.requests == []


async def test_a_document_with_any_fields_has_a_name_that_is_one_of_three() -> None:
    document = "query " + "a" * 100 + " { " + " ".join(f"x{n}: publishHealth {{ message }}" for n in range(9)) + " }"
    async with collecting() as collector, standing("graphql", traces_endpoint=collector.url) as stack:
        assert isinstance(stack.face, GraphqlFace)
        await stack.face.execute(document)
    root = collector.one("query")
    assert root.attributes["graphql.operation.name"] == "a" * 64
    assert root.attributes["facade.operations"] == ["PublishService/CheckHealth"]


@pytest.mark.parametrize("operation", ["PublishEvent", "GetUser"])
async def test_no_span_has_more_than_the_conventions_and_ours(operation: str) -> None:
    arguments: dict[str, Any] = {"PublishEvent": EVENT, "GetUser": {"mail": "x@example.com"}}
    async with collecting() as collector, standing("graphql", traces_endpoint=collector.url) as stack:
        with suppress(Failure):
            await stack.face.call(operation, arguments[operation])
    assert_known(collector)
    assert DOCUMENTS[operation][1].encode() not in collector.requests[0][1]


def assert_known(collector: Collector) -> None:
    """Each attribute is one of OpenTelemetry's registry, or begins with our name."""
    known = {value for module in REGISTRY for value in vars(module).values() if isinstance(value, str)}
    for span in collector.spans:
        assert {name for name in span.attributes if not name.startswith("facade.")} <= known
