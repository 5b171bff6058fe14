"""The gRPC service config beside the protos: deadlines and retries of each method, which clients are given."""

import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

import facade as package
from facade import sandbox
from facade.rpc.server import FILES
from facade.server import Running
from facade.v1.provisioning_pb2 import DeleteUserRequest, GetUserRequest
from facade.v1.provisioning_pb2_grpc import ProvisioningServiceStub
from tests.support import basic, set_faults, settings_for

FILE = Path(package.__file__).parent.parent / "protos" / "facade" / "v1" / "facade_grpc_service_config.json"
TEXT = FILE.read_text(encoding="utf-8")
CONFIG: dict[str, Any] = json.loads(TEXT)
METHODS = [method for file in FILES for service in file.services_by_name.values() for method in service.methods]
NAMES = [method.full_name for method in METHODS]
CREDENTIALS = tuple(basic().items())


def listed(method: MethodDescriptor) -> list[dict[str, Any]]:
    """The entries that name a method, or its whole service, or all services."""
    service = method.containing_service.full_name
    names: tuple[dict[str, str], ...] = ({"service": service, "method": method.name}, {"service": service}, {})
    return [entry for entry in CONFIG["methodConfig"] for name in entry["name"] if name in names]


def many(method: MethodDescriptor) -> bool:
    """Whether one call is about many items: a list in the request, or a stream of answers."""
    return method.server_streaming or any(field.is_repeated for field in method.input_type.fields)


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_each_method_is_there_once(method: MethodDescriptor) -> None:
    assert len(listed(method)) == 1


def test_nothing_else_is_there() -> None:
    told = [f"{name['service']}.{name['method']}" for entry in CONFIG["methodConfig"] for name in entry["name"]]
    assert sorted(told) == sorted(NAMES)


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_only_what_has_no_side_effects_is_repeated(method: MethodDescriptor) -> None:
    safe = method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    [entry] = listed(method)
    assert ("retryPolicy" in entry) is safe
    if safe:
        assert entry["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_a_deadline_is_the_time_that_the_facade_gives(method: MethodDescriptor) -> None:
    settings = settings_for("http://127.0.0.1")
    [entry] = listed(method)
    if method.client_streaming:
        assert entry["timeout"] == f"{settings.bulk_timeout:.0f}s"
    elif many(method):
        assert entry["timeout"] == f"{settings.max_timeout:.0f}s"
    else:
        assert entry["timeout"] == f"{settings.default_timeout:.0f}s"


@pytest.mark.parametrize(("config", "retried"), [(TEXT, True), (None, False)], ids=["with it", "without"])
async def test_grpcio_takes_it_and_repeats_a_read(
    upstream: sandbox.Running,
    facade: Running,
    config: str | None,
    retried: bool,
) -> None:
    # As often as the facade itself asks within one call.
    await set_faults(upstream.url, {"method": "GET", "status": 503, "times": 3})
    options = [("grpc.service_config", config)] if config else []
    async with grpc.aio.insecure_channel(facade.grpc, options) as channel:
        stub = ProvisioningServiceStub(channel)
        call = stub.GetUser(GetUserRequest(mail="user@example.com"), metadata=CREDENTIALS)
        if retried:
            assert (await call).user.mail == "user@example.com"
        else:
            assert await call.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_write_is_not_repeated(upstream: sandbox.Running, facade: Running) -> None:
    await set_faults(upstream.url, {"method": "DELETE", "status": 503, "times": 3})
    async with grpc.aio.insecure_channel(facade.grpc, [("grpc.service_config", TEXT)]) as channel:
        stub = ProvisioningServiceStub(channel)
        call = stub.DeleteUser(DeleteUserRequest(mail="user@example.com"), metadata=CREDENTIALS)
        assert await call.code() is grpc.StatusCode.UNAVAILABLE
    async with grpc.aio.insecure_channel(facade.grpc) as channel:
        stub = ProvisioningServiceStub(channel)
        answer = await stub.GetUser(GetUserRequest(mail="user@example.com"), metadata=CREDENTIALS)
        assert answer.user.mail == "user@example.com"


async def test_grpcio_refuses_what_is_no_service_config(facade: Running) -> None:
    broken = TEXT.replace('"30s"', '"30 seconds"')
    async with grpc.aio.insecure_channel(facade.grpc, [("grpc.service_config", broken)]) as channel:
        stub = ProvisioningServiceStub(channel)
        call = stub.GetUser(GetUserRequest(mail="user@example.com"), metadata=CREDENTIALS)
        assert await call.code() is not grpc.StatusCode.OK
