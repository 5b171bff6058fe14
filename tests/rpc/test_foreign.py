"""Services of grpcio's own packages tell no more of an unexpected exception than ours do."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from facade.rpc.foreign import Collector
from tests.rpc.server import serving
from tests.wire import failed

pytestmark = pytest.mark.anyio

CANARY = "canary-7f3a"
CHECK = health_pb2.HealthCheckRequest()


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # comes without types
    """Breaks at each method, and aborts at one."""

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - the contract's
        raise RuntimeError(CANARY)

    async def List(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - the contract's
        await context.abort(grpc.StatusCode.NOT_FOUND, "as it is")

    async def Watch(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - the contract's
        await context.write(health_pb2.HealthCheckResponse(status=1))
        raise RuntimeError(CANARY)


class Reflection(reflection_pb2_grpc.ServerReflectionServicer):  # type: ignore[misc]  # as above
    """Answers the first question, breaks or aborts at the second."""

    async def ServerReflectionInfo(self, requests: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802 - as above
        async for request in requests:
            if request.list_services == "abort":
                await context.abort(grpc.StatusCode.NOT_FOUND, "as it is")
            if request.list_services == "break":
                raise RuntimeError(CANARY)
            yield reflection_pb2.ServerReflectionResponse(valid_host="first")


@pytest.fixture
async def channel() -> AsyncIterator[grpc.aio.Channel]:
    collector = Collector()
    health_pb2_grpc.add_HealthServicer_to_server(Health(), collector)
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(Reflection(), collector)
    async with serving(collector.handlers) as opened:
        yield opened


def assert_masked(error: grpc.aio.AioRpcError) -> None:
    assert error.code() is grpc.StatusCode.INTERNAL
    assert error.details() == "Internal error. The request id identifies it in the log."
    assert CANARY not in str(error.trailing_metadata())


@pytest.mark.case("H01")
async def test_an_exception_is_masked(channel: grpc.aio.Channel, caplog: pytest.LogCaptureFixture) -> None:
    assert_masked(await failed(health_pb2_grpc.HealthStub(channel).Check(CHECK)))
    assert CANARY in caplog.text, "the operator is told"


@pytest.mark.case("H02")
async def test_an_exception_of_a_stream_is_masked(channel: grpc.aio.Channel) -> None:
    watch = health_pb2_grpc.HealthStub(channel).Watch(CHECK)
    first: Any = await watch.read()
    assert first.status == 1
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await watch.read()
    assert_masked(caught.value)


async def test_an_error_that_is_meant_is_told(channel: grpc.aio.Channel) -> None:
    error = await failed(health_pb2_grpc.HealthStub(channel).List(health_pb2.HealthListRequest()))
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "as it is")


@pytest.mark.parametrize("word", ["break", "abort"])
async def test_a_conversation_that_ends_in_an_error_keeps_what_was_said(word: str, channel: grpc.aio.Channel) -> None:
    questions = [reflection_pb2.ServerReflectionRequest(list_services=each) for each in ("", word)]
    call: Any = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter(questions))
    assert (await call.read()).valid_host == "first"
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call.read()
    if word == "break":
        assert_masked(caught.value)
    else:
        assert caught.value.details() == "as it is"
