"""What only gRPC's messages can say: fields that are not set, and records as bytes."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct

from facade.server import running
from facade.v1 import publish_pb2
from tests.faces.client import Failure
from tests.faces.rpc import GrpcFace
from tests.support import settings_for
from tests.transports import Answering

pytestmark = pytest.mark.anyio

TOKEN = {"authorization": "Bearer token"}
RECORDS = {
    "PublishMetric": "metric",
    "PublishEntityTopology": "topology",
    "PublishServiceTopology": "topology",
    "PublishHealthcheck": "healthcheck",
}
REQUIRED = {"PublishEvent": "event", "UpdateTicket": "update", "CreateUser": "user"} | RECORDS


def published(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"message": "Data published successfully"})


@pytest.fixture
def upstreams() -> Answering:
    return Answering(published)


@pytest.fixture
async def client(upstreams: Answering) -> AsyncIterator[GrpcFace]:
    settings = settings_for("http://upstream.invalid")
    async with running(settings, upstreams) as facade, GrpcFace(facade.grpc) as face:
        yield face


async def refused(client: GrpcFace, operation: str, arguments: Any) -> dict[str, str]:
    """The fields that a request is refused for."""
    with pytest.raises(Failure) as caught:
        await client.call(operation, arguments, TOKEN)
    assert (caught.value.code, caught.value.reason) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
    return caught.value.violations


@pytest.mark.parametrize(("operation", "field"), REQUIRED.items(), ids=REQUIRED)
async def test_a_message_that_is_required_must_be_set(
    operation: str, field: str, client: GrpcFace, upstreams: Answering
) -> None:
    assert await refused(client, operation, {}) == {field: "is required"}
    assert upstreams.requests == []


@pytest.mark.parametrize(("operation", "field"), RECORDS.items(), ids=RECORDS)
async def test_a_record_of_bytes_is_sent_byte_for_byte(
    operation: str, field: str, client: GrpcFace, upstreams: Answering
) -> None:
    body = b'{ "n": 1180591620717411303424, "n": 1.50,\n "s": "\\u00e9" }'
    record = publish_pb2.Record(json=body)
    assert await client.call(operation, {field: record}, TOKEN) == {"message": "Data published successfully"}
    assert [request.content for request in upstreams.requests] == [body]


@pytest.mark.parametrize(("operation", "field"), RECORDS.items(), ids=RECORDS)
async def test_a_record_of_fields_is_sent_as_json(
    operation: str, field: str, client: GrpcFace, upstreams: Answering
) -> None:
    record = publish_pb2.Record(fields=ParseDict({"n": 1, "f": 1.5, "list": [None, True]}, Struct()))
    await client.call(operation, {field: record}, TOKEN)
    (request,) = upstreams.requests
    # Numbers as they are written: an integer is told from a fraction by its text.
    sent = json.loads(request.content, parse_int=str, parse_float=float)
    assert sent == {"n": "1", "f": 1.5, "list": [None, True]}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"a": NaN}', id="NaN"),
        pytest.param(b'{"a": "\xff"}', id="no UTF-8"),
        pytest.param(b"{} {}", id="two objects"),
    ],
)
async def test_bytes_that_are_not_one_object_are_refused(body: bytes, client: GrpcFace, upstreams: Answering) -> None:
    violations = await refused(client, "PublishMetric", {"metric": publish_pb2.Record(json=body)})
    assert violations == {"metric.json": "must be one JSON object in UTF-8"}
    assert upstreams.requests == []


async def test_a_record_that_is_neither_is_refused(client: GrpcFace, upstreams: Answering) -> None:
    assert await refused(client, "PublishMetric", {"metric": publish_pb2.Record()}) == {
        "metric": "needs fields or json"
    }
    assert upstreams.requests == []


async def test_an_event_is_sent_with_the_fields_that_are_set_even_if_they_are_empty(
    client: GrpcFace, upstreams: Answering
) -> None:
    event = publish_pb2.Event(severity="", attributes=ParseDict({"x": 2}, Struct()))
    await client.call("PublishEvent", {"event": event}, TOKEN)
    assert [request.content for request in upstreams.requests] == [b'{"severity":"","x":2}']
