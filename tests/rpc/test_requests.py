"""What a gRPC client can send that no generated stub would: bytes, metadata, paths, deadlines."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct
from google.rpc.error_details_pb2 import ErrorInfo

from facade import sandbox
from facade.server import Running, running
from facade.v1 import publish_pb2, publish_pb2_grpc
from tests.support import basic, set_faults, settings_for, until
from tests.transports import Gated, running_api
from tests.wire import detail, failed

pytestmark = pytest.mark.anyio

EVENT = "/facade.v1.PublishService/PublishEvent"
HEALTH = publish_pb2.CheckHealthRequest()
Metadata = list[tuple[str, str | bytes]]


@pytest.fixture
async def channel(facade: Running) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(facade.grpc) as opened:
        yield opened


async def answer_to(channel: Any, raw: bytes, metadata: Metadata | None = None, path: str = EVENT) -> Any:
    """The error that raw bytes are answered with."""
    sent: Any = tuple(basic().items()) if metadata is None else tuple(metadata)
    return await failed(channel.unary_unary(path)(raw, metadata=sent, timeout=30))


def reason(error: grpc.aio.AioRpcError) -> str:
    info = detail(error, ErrorInfo)
    assert info is not None
    return str(info.reason)


def nested(depth: int) -> bytes:
    """A request whose attributes hold a list in a list in a list …, as bytes: protobuf itself would not build it."""
    value = b"\x08\x00"
    for _ in range(depth):
        value = b"\x0a" + varint(len(value)) + value  # ListValue.values
        value = b"\x32" + varint(len(value)) + value  # Value.list_value
    entry = b"\x0a\x01a\x12" + varint(len(value)) + value
    fields = b"\x0a" + varint(len(entry)) + entry
    event = b"\x7a" + varint(len(fields)) + fields
    return b"\x0a" + varint(len(event)) + event


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def test_the_nested_request_is_one_as_long_as_it_is_flat() -> None:
    event = publish_pb2.PublishEventRequest.FromString(nested(1)).event
    assert event.attributes == Struct.FromString(event.attributes.SerializeToString())
    assert len(event.attributes.fields["a"].list_value.values) == 1


@pytest.mark.case("H06")
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\xff\xff\xff", id="garbage"),
        pytest.param(b"\x0a\x05ab", id="a length beyond the end"),
        pytest.param(b"\x0a\x04\x0a\x02\xff\xfe", id="text that is not UTF-8"),
        pytest.param(nested(10_000), id="nesting of 10,000 lists"),
    ],
)
async def test_what_is_no_message_is_refused_in_our_words(
    raw: bytes, channel: grpc.aio.Channel, upstream: sandbox.Running
) -> None:
    error = await answer_to(channel, raw)
    assert (error.code(), reason(error)) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")
    assert error.details() == "The request is not a facade.v1.PublishEventRequest."
    assert upstream.state.log.entries() == []


async def test_an_empty_message_lacks_what_is_required(channel: grpc.aio.Channel) -> None:
    error = await answer_to(channel, b"")
    assert (error.code(), error.details()) == (grpc.StatusCode.INVALID_ARGUMENT, "event: is required")


async def test_fields_of_a_later_contract_are_ignored(channel: Any) -> None:
    known = publish_pb2.PublishEventRequest(event=publish_pb2.Event(env_customer_id="C-100")).SerializeToString()
    sent: Any = tuple(basic().items())
    answer = await channel.unary_unary(EVENT)(known + b"\xfa\x3f\x01x", metadata=sent, timeout=30)
    assert publish_pb2.PublishEventResponse.FromString(answer).message == "Data published successfully"


@pytest.mark.case("H09")
@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param([], "MISSING_CREDENTIALS", id="no credentials"),
        pytest.param([*basic().items()] * 2, "INVALID_CREDENTIALS", id="the same credentials twice"),
        pytest.param(
            [*basic().items(), *basic("user@example.com").items()], "INVALID_CREDENTIALS", id="two callers' credentials"
        ),
        pytest.param([("authorization", "Basic ???")], "INVALID_CREDENTIALS", id="no base64"),
        pytest.param([("authorization", "Digest x")], "INVALID_CREDENTIALS", id="another scheme"),
        pytest.param([("authorization", "Bearer a b")], "INVALID_TOKEN", id="a token with a space"),
        pytest.param([("authorization-bin", b"Basic eA==")], "MISSING_CREDENTIALS", id="credentials as bytes"),
        pytest.param([("cookie", "access_token=a; access_token=b")], "INVALID_TOKEN", id="two cookies"),
    ],
)
async def test_credentials_that_cannot_be_read_are_refused_before_an_upstream_is_asked(
    metadata: Metadata, expected: str, channel: grpc.aio.Channel, upstream: sandbox.Running
) -> None:
    event = publish_pb2.PublishEventRequest(event=publish_pb2.Event(env_customer_id="C-100"))
    error = await answer_to(channel, event.SerializeToString(), metadata)
    assert (error.code(), reason(error)) == (grpc.StatusCode.UNAUTHENTICATED, expected)
    assert upstream.state.log.entries() == []


@pytest.mark.case("H09")
async def test_metadata_of_20_kb_are_refused_and_the_next_call_is_served(channel: grpc.aio.Channel) -> None:
    error = await answer_to(channel, b"", [("x-large", "x" * 20_000)])
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    answer = await publish_pb2_grpc.PublishServiceStub(channel).CheckHealth(HEALTH, timeout=30)
    assert answer.message == "API is running"


@pytest.mark.case("H04")
async def test_a_message_above_the_largest_is_refused_and_the_next_call_is_served(channel: grpc.aio.Channel) -> None:
    error = await answer_to(channel, b"\x0a" * (4 * 1024**2 + 1))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    answer = await publish_pb2_grpc.PublishServiceStub(channel).CheckHealth(HEALTH, timeout=30)
    assert answer.message == "API is running"


@pytest.mark.case("H08")
@pytest.mark.parametrize(
    "path", ["/facade.v1.PublishService/Publish", "/facade.v2.PublishService/PublishEvent", "/x/y"]
)
async def test_a_method_that_is_not_there_is_unimplemented(
    path: str, channel: grpc.aio.Channel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "facade.request")
    error = await answer_to(channel, b"", [("x-request-id", "r-1"), ("authorization", "Basic ?")], path=path)
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    (line,) = caplog.records
    told = vars(line)
    assert (told["method"], told["code"], told["request_id"]) == ("grpc", "UNIMPLEMENTED", "r-1")
    assert path not in repr(told)


@pytest.mark.parametrize(("given", "kept"), [("id-1", True), ("x" * 128, True), ("x" * 129, False), ("a b", False)])
async def test_a_request_id_is_kept_if_it_is_one(given: str, kept: bool, channel: grpc.aio.Channel) -> None:
    info = detail(await answer_to(channel, b"", [("x-request-id", given)]), ErrorInfo)
    assert info is not None
    assert (info.metadata["request_id"] == given) is kept
    assert info.metadata["request_id"]


@pytest.mark.case("F08")
@pytest.mark.parametrize("timeout", [0.0, 0.05])
async def test_a_deadline_ends_the_call_and_what_it_asked_for(timeout: float, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "facade.request")
    gate = Gated(running_api)
    settings = settings_for("http://upstream.invalid")
    async with running(settings, gate) as facade, grpc.aio.insecure_channel(facade.grpc) as channel:
        error = await failed(publish_pb2_grpc.PublishServiceStub(channel).CheckHealth(HEALTH, timeout=timeout))
        assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await until(lambda: facade.door.in_flight == 0 and gate.waiting == 0)
    codes = [record.__dict__["code"] for record in caplog.records if record.name == "facade.request"]
    # CANCELLED: the client's clock ran out a moment before ours, and its cancellation came first.
    assert set(codes) <= {"DEADLINE_EXCEEDED", "CANCELLED"}


@pytest.mark.case("F08")
@pytest.mark.parametrize("asked", [None, 99_999_999.0], ids=["no deadline", "a deadline in three years"])
async def test_a_call_has_no_more_time_than_the_facade_gives(asked: float | None) -> None:
    gate = Gated(running_api)
    settings = settings_for("http://upstream.invalid", default_timeout=0.1, max_timeout=0.1)
    async with running(settings, gate) as facade, grpc.aio.insecure_channel(facade.grpc) as channel:
        error = await failed(publish_pb2_grpc.PublishServiceStub(channel).CheckHealth(HEALTH, timeout=asked))
        assert (error.code(), reason(error)) == (grpc.StatusCode.DEADLINE_EXCEEDED, "UPSTREAM_TIMEOUT")
        assert gate.cancelled == 1


async def test_nothing_of_an_upstream_s_answer_is_told(channel: grpc.aio.Channel, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"status": 500, "body": "canary-7f3a", "headers": {"x-canary": "canary-7f3a"}})
    error = await failed(publish_pb2_grpc.PublishServiceStub(channel).CheckHealth(HEALTH))
    assert "canary" not in f"{error.details()} {error.trailing_metadata()} {error.initial_metadata()}"
