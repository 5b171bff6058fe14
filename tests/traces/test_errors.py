"""What goes wrong is in the trace, with code and reason; and the trace is in what the caller and the log are told."""

import logging
from typing import Any, cast

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from graphql import parse

from facade.traces.context import written
from facade.v1.bulk_pb2 import ItemResult
from facade.v1.provisioning_pb2 import DeleteUsersRequest, DeleteUsersResponse
from tests.faces.client import Failure
from tests.faces.graphql import GraphqlFace
from tests.faces.rpc import GrpcFace
from tests.faces.stack import FACES, Stack, standing
from tests.graphql.socket import connected
from tests.support import basic, set_faults
from tests.traces.collector import Told, collecting

pytestmark = pytest.mark.anyio

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CALLER = basic() | {"traceparent": written(TRACE, PARENT, 1)}
MISSING = {"mail": "nobody@example.com"}
CODE = {"grpc": "rpc.response.status_code", "graphql": "facade.code"}


async def failed(stack: Stack, operation: str, arguments: Any, headers: dict[str, str] = CALLER) -> Failure:
    with pytest.raises(Failure) as caught:
        await stack.face.call(operation, arguments, headers)
    return caught.value


def reason(span: Told) -> tuple[str, str]:
    """Code and reason."""
    [code] = {span.attributes.get(name) for name in CODE.values()} - {None}
    return str(code), span.attributes["error.type"]


@pytest.mark.parametrize("name", FACES)
async def test_a_refusal_is_the_call_s_error_and_not_the_server_s(name: str) -> None:
    async with collecting() as collector, standing(name, traces_endpoint=collector.url) as stack:
        assert (await failed(stack, "GetUser", MISSING)).code == "NOT_FOUND"
    [root] = [span for span in collector.spans if span.kind == "SERVER"]
    [called] = [span for span in collector.spans if span.kind == "CLIENT"]
    assert called.within(root)
    assert reason(called) == reason(root) == ("NOT_FOUND", "USER_NOT_FOUND")
    assert called.attributes["http.response.status_code"] == 404
    assert (called.failed, root.failed) == (True, False)
    assert root.attributes[CODE[name]] == "NOT_FOUND"


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize(
    ("fault", "told", "status"),
    [
        pytest.param({"status": 500}, ("UNKNOWN", "UPSTREAM_ERROR"), 500, id="500"),
        pytest.param({"body": "<html>"}, ("INTERNAL", "UPSTREAM_MALFORMED_RESPONSE"), 200, id="HTML"),
        pytest.param({"drop": "after"}, ("UNKNOWN", "OUTCOME_UNKNOWN"), None, id="no answer"),
        pytest.param({"delay": 60}, ("DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT"), None, id="too late"),
    ],
)
async def test_a_fault_of_an_upstream_s_is_the_server_s_error(
    fault: dict[str, Any], told: tuple[str, str], status: int | None, name: str
) -> None:
    more: dict[str, Any] = {"default_timeout": 1.0} if "delay" in fault else {}
    async with collecting() as collector, standing(name, traces_endpoint=collector.url, **more) as stack:
        await set_faults(stack.upstream.url, {"path": "/gbp/*", **fault})
        await failed(stack, "UpdateTicket", {"update": {"customer_id": "C-100", "sys_id": "s", "state": 4}})
    [root] = [span for span in collector.spans if span.kind == "SERVER"]
    [called] = [span for span in collector.spans if span.kind == "CLIENT"]
    assert reason(called) == reason(root) == told
    assert called.attributes.get("http.response.status_code") == status
    assert (called.failed, root.failed) == (True, True)


@pytest.mark.parametrize("name", FACES)
async def test_a_refused_login_fails_with_its_call(name: str) -> None:
    async with collecting() as collector, standing(name, traces_endpoint=collector.url) as stack:
        await failed(stack, "PublishEvent", {"event": {"entity": "x"}}, basic(password="wrong"))
    login, token = collector.one("login"), collector.one("POST /api/v1/user/token")
    assert token.within(login)
    assert reason(login) == reason(token) == ("UNAUTHENTICATED", "INVALID_CREDENTIALS")
    assert (login.failed, token.failed, token.attributes["http.response.status_code"]) == (True, True, 401)


@pytest.mark.parametrize("name", FACES)
async def test_a_request_without_credentials_is_a_trace_of_one_span(name: str) -> None:
    async with collecting() as collector, standing(name, traces_endpoint=collector.url) as stack:
        await failed(stack, "GetUser", MISSING, {})
    [root] = collector.spans
    assert reason(root) == ("UNAUTHENTICATED", "MISSING_CREDENTIALS")
    assert not root.failed


async def test_grpc_s_details_name_the_trace() -> None:
    async with collecting() as collector, standing("grpc", traces_endpoint=collector.url) as stack:
        assert isinstance(stack.face, GrpcFace)
        call = stack.face.channel.unary_unary(
            "/facade.v1.ProvisioningService/DeleteUsers",
            DeleteUsersRequest.SerializeToString,
            DeleteUsersResponse.FromString,
        )
        metadata = tuple(CALLER.items())
        [item] = (await call(DeleteUsersRequest(mails=["nobody@example.com"]), metadata=metadata)).results
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(DeleteUsersRequest(), metadata=metadata)
    trailers: dict[str, Any] = dict(cast("Any", caught.value.trailing_metadata()) or ())
    assert traced(Status.FromString(trailers["grpc-status-details-bin"])) == TRACE
    assert isinstance(item, ItemResult)
    assert traced(item.status) == TRACE


def traced(status: Status) -> str:
    """The trace that an error's details name."""
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    return str(info.metadata["trace_id"])


@pytest.mark.parametrize(
    ("document", "headers"),
    [
        pytest.param('{ user(mail: "nobody@example.com") { mail } }', {}, id="executed"),
        pytest.param("{ nothing }", {}, id="not valid"),
        pytest.param("{ publishHealth { message } }", {"content-type": "text/plain"}, id="refused by HTTP"),
        pytest.param("{ publishHealth { message } }", {"authorization": "Digest x"}, id="refused credentials"),
        pytest.param("{ publishHealth { message } }", {"x-request-timeout": "no"}, id="refused time"),
    ],
)
async def test_graphql_s_extensions_name_the_trace(document: str, headers: dict[str, str]) -> None:
    parse(document)
    async with collecting() as collector, standing("graphql", traces_endpoint=collector.url) as stack:
        assert isinstance(stack.face, GraphqlFace)
        answer = await stack.face.execute(document, headers=CALLER | headers)
    [error] = answer["errors"]
    assert error["extensions"]["traceId"] == TRACE
    [root] = [span for span in collector.spans if span.kind == "SERVER"]
    assert (root.trace_id, root.parent) == (TRACE, PARENT)
    assert root.attributes["error.type"] == error["extensions"]["reason"]


async def test_errors_over_a_websocket_name_the_trace() -> None:
    async with (
        collecting() as collector,
        standing("graphql", traces_endpoint=collector.url) as stack,
        connected(stack.facade, CALLER) as talk,
    ):
        await talk.subscribe("1", {"query": "{ nothing }"})
        [[error]] = await talk.until_ended("1")
        await talk.subscribe("2", {"query": '{ user(mail: "nobody@example.com") { mail } }'})
        told, _ = await talk.until_ended("2")
    assert error["extensions"]["traceId"] == told["errors"][0]["extensions"]["traceId"] == TRACE


@pytest.mark.parametrize("name", FACES)
async def test_the_log_names_the_trace_of_a_request_and_of_its_upstream_calls(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "facade")
    async with collecting() as collector, standing(name, traces_endpoint=collector.url) as stack:
        await stack.face.call("GetUser", {"mail": "api@example.com"}, CALLER)
    lines = [vars(record) for record in caplog.records if record.getMessage() in {"request", "upstream call"}]
    assert [line["trace_id"] for line in lines] == [TRACE, TRACE]


@pytest.mark.parametrize("name", FACES)
async def test_without_a_collector_no_trace_is_named_or_sent_on(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "facade")
    async with standing(name) as stack:
        failure = await failed(stack, "GetUser", MISSING)
        [entry] = stack.upstream.state.log.entries("/bpm*")
    assert "trace" not in failure.received
    assert "traceparent" not in entry.headers
    assert not any("trace_id" in vars(record) for record in caplog.records)
