"""gRPC-Web through Envoy, byte by byte, and which pages may use it."""

import struct
from base64 import b64decode

import pytest
from google.rpc.status_pb2 import Status

from facade.rpc.server import FILES
from facade.v1 import provisioning_pb2
from tests.deploy.edge import PAGES, Edge, needed
from tests.support import basic

pytestmark = [pytest.mark.anyio, needed]

GET_USER = "/facade.v1.ProvisioningService/GetUser"
BINARY = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}
TRAILERS = 0x80


def framed(message: bytes) -> bytes:
    """A message as gRPC frames it."""
    return struct.pack(">BI", 0, len(message)) + message


def frames(body: bytes) -> dict[int, bytes]:
    """The frames of a body, by their flags."""
    found = {}
    while body:
        flags, length = struct.unpack(">BI", body[:5])
        found[flags] = body[5 : 5 + length]
        body = body[5 + length :]
    return found


async def test_a_page_calls_over_grpc_web(edge: Edge) -> None:
    request = framed(provisioning_pb2.GetUserRequest(mail="api@example.com").SerializeToString())
    headers = BINARY | basic() | {"origin": PAGES}
    answer = await edge.client.post(GET_USER, content=request, headers=headers)
    found = frames(answer.content)
    assert provisioning_pb2.GetUserResponse.FromString(found[0]).user.mail == "api@example.com"
    assert b"grpc-status:0" in found[TRAILERS]
    assert answer.headers["access-control-allow-origin"] == PAGES
    for name in ("grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-retry-pushback-ms", "x-request-id"):
        assert name in answer.headers["access-control-expose-headers"]


async def test_its_errors_have_their_details(edge: Edge) -> None:
    request = framed(provisioning_pb2.GetUserRequest(mail="nobody@example.com").SerializeToString())
    answer = await edge.client.post(GET_USER, content=request, headers=BINARY | basic() | {"origin": PAGES})
    assert answer.headers["grpc-status"] == "5"
    raw = answer.headers["grpc-status-details-bin"]
    assert Status.FromString(from_base64(raw)).code == 5


def from_base64(text: str) -> bytes:
    """What gRPC writes without padding."""
    return b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize(("origin", "allowed"), [(PAGES, True), ("https://evil.example.com", False)])
async def test_only_pages_that_are_named_may_ask(origin: str, allowed: bool, edge: Edge) -> None:
    for method in (method for file in FILES for each in file.services_by_name.values() for method in each.methods):
        answer = await edge.client.options(
            f"/{method.containing_service.full_name}/{method.name}",
            headers={
                "origin": origin,
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization,content-type,x-grpc-web",
            },
        )
        assert (answer.headers.get("access-control-allow-origin") == origin) is allowed
        assert "access-control-allow-credentials" not in answer.headers
        if allowed:
            assert {"authorization", "content-type", "x-grpc-web", "x-api-key"} <= set(
                answer.headers["access-control-allow-headers"].split(", ")
            )
