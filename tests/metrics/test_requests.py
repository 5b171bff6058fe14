"""Requests as they are counted: each once, under its face, its operation, and how it ended."""

import asyncio
from typing import Any

import grpc
import httpx
import pytest

from facade import sandbox
from facade.access.operations import FIELDS, GATEWAYS
from facade.congestion import Congestion
from facade.server import Running, running
from facade.v1 import publish_pb2, publish_pb2_grpc
from tests.faces.client import Failure
from tests.faces.graphql import DOCUMENTS
from tests.faces.rows import ARGUMENTS
from tests.faces.rpc import METHODS
from tests.faces.stack import FACES, client, standing
from tests.metrics.reading import calls, ends, read
from tests.support import basic, settings_for, until
from tests.transports import Gated, running_api

pytestmark = pytest.mark.anyio

NOBODY = "nobody@example.com"
NEW = {"cn": "New", "sn": "User"}
RECORD: dict[str, Any] = {"grpc": {"fields": {"a": 1}}, "graphql": {"a": 1}}
UPDATES = [{"customer_id": "C-100", "sys_id": f"{number:032x}", "state": 4} for number in range(2)]


def arguments(face: str) -> dict[str, dict[str, Any]]:
    """What each operation is called with, for it to succeed."""
    record = RECORD[face]
    return ARGUMENTS | {
        "PublishMetric": {"metric": record},
        "PublishEntityTopology": {"topology": record},
        "PublishServiceTopology": {"topology": record},
        "PublishHealthcheck": {"healthcheck": record},
        "PublishBatch": {"items": [{"item_id": "a", "event": {"entity": "web-1"}}]},
        "UpdateTickets": {"updates": UPDATES},
        "CreateUsers": {"users": [{"mail": "one@example.com", **NEW}]},
        "DeleteUser": {"mail": "user-006@example.com"},
        "DeleteUsers": {"mails": ["user-010@example.com"]},
        "SyncUsers": {"roster": [{"mail": "two@example.com", **NEW}]},
    }


@pytest.mark.parametrize("name", FACES)
async def test_every_operation_is_counted_under_its_own_name_and_so_are_its_calls(name: str) -> None:
    async with standing(name) as stack:
        for operation, given in arguments(name).items():
            await stack.face.call(operation, given)
        counted, called = ends(stack.facade), calls(stack.facade)
        seconds = read(stack.facade).some("facade_request_duration_seconds_count", "face", "operation")
    services = {each.name: f"{each.containing_service.name}/{each.name}" for each in METHODS.values()}
    names = [services[each] if name == "grpc" else DOCUMENTS[each][0] for each in arguments(name)]
    assert counted == {(name, each, "OK", ""): 1 for each in names}
    assert seconds == {(name, each): 1 for each in names}
    assert {key[:3] for key in called} == {
        ("token", "GenerateToken", "OK"),
        *(("publish", each, "OK") for each in arguments(name) if each.startswith("Publish") and each != "PublishBatch"),
        ("publish", "CheckHealth", "OK"),
        ("integration", "UpdateTicket", "OK"),
        *(("bpm", each, "OK") for each in ("ListUsers", "GetUser", "CreateUser", "DeleteUser")),
    }
    assert called["token", "GenerateToken", "OK", ""] == 2  # one of them for the session
    assert called["publish", "PublishEvent", "OK", ""] == 2
    assert called["integration", "UpdateTicket", "OK", ""] == 3


async def test_streams_that_only_grpc_has_are_counted(facade: Running) -> None:
    async with client("grpc", facade) as face:
        await face.call("StreamUsers")
    async with grpc.aio.insecure_channel(facade.grpc) as channel:
        item = publish_pb2.PublishItem(item_id="a", event=publish_pb2.Event(entity="web-1"))
        requests = iter([publish_pb2.PublishStreamRequest(item=item)])
        stub = publish_pb2_grpc.PublishServiceStub(channel)
        metadata = tuple(basic().items())
        assert [each.result.item_id async for each in stub.PublishStream(requests, metadata=metadata)] == ["a"]
    assert ends(facade) == {
        ("grpc", "ProvisioningService/StreamUsers", "OK", ""): 1,
        ("grpc", "PublishService/PublishStream", "OK", ""): 1,
    }


async def test_a_row_stands_ready_for_every_operation_of_the_contract_and_of_the_schema(facade: Running) -> None:
    there = {(dict(labels)["face"], dict(labels)["operation"]) for name, labels in read(facade).values if name == TOTAL}
    contract = {("grpc", f"{each.containing_service.name}/{each.name}") for each in METHODS.values()}
    assert there == {
        *contract,
        *(("graphql", field) for field in FIELDS | GATEWAYS),
        ("graphql", "several"),
        ("graphql", "none"),
        ("grpc", "none"),
    }


TOTAL = "facade_requests_total"


@pytest.mark.parametrize("name", FACES)
async def test_who_goes_away_is_counted_and_who_is_being_served(name: str) -> None:
    gate = Gated(running_api)
    operation = {"grpc": "PublishService/CheckHealth", "graphql": "publishHealth"}[name]
    async with standing(name, transport=gate) as stack:
        calling = [asyncio.create_task(stack.face.call("CheckHealth")) for _ in range(3)]
        await until(lambda: gate.waiting == 3)
        assert read(stack.facade).sum("facade_requests_in_flight") == 3
        calling[0].cancel()
        await until(lambda: gate.cancelled == 1, timeout=20)
        await until(lambda: ends(stack.facade) == {(name, operation, "CANCELLED", ""): 1}, timeout=20)
        assert calls(stack.facade) == {("publish", "CheckHealth", "CANCELLED", ""): 1}
        gate.opened.set()
        await asyncio.gather(*calling[1:])
        assert ends(stack.facade)[name, operation, "OK", ""] == 2
        assert read(stack.facade).sum("facade_requests_in_flight") == 0


@pytest.mark.parametrize("name", FACES)
async def test_who_is_refused_is_counted_by_why(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gated(running_api)
    settings = settings_for("http://upstream.invalid", max_in_flight=5, max_in_flight_per_caller=4)
    async with running(settings, gate) as facade, client(name, facade) as face:
        calling = [asyncio.create_task(face.call("CheckHealth")) for _ in range(4)]
        await until(lambda: gate.waiting == 4)
        await refused(face.call("CheckHealth"))  # its caller has enough
        calling.append(asyncio.create_task(face.call("CheckHealth", headers=basic(NOBODY))))
        await until(lambda: gate.waiting == 5)
        await refused(face.call("CheckHealth", headers=basic(NOBODY)))  # full
        monkeypatch.setattr(Congestion, "admits", lambda *_: False)
        for _ in range(2):
            await refused(face.call("CheckHealth"))
        shed = read(facade).some("facade_requests_shed_total", "face", "cause")
        counted = ends(facade)
        async with httpx.AsyncClient(base_url=facade.http) as http:
            assert (await http.get("/metrics")).status_code == 200, "who refuses callers can still be looked at"
        gate.opened.set()
        await asyncio.gather(*calling)
    operation = {"grpc": "PublishService/CheckHealth", "graphql": "none"}[name]
    assert shed == {(name, "quota"): 1, (name, "full"): 1, (name, "congested"): 2}
    assert counted == {
        (name, operation, "RESOURCE_EXHAUSTED", "RATE_LIMITED"): 1,
        (name, operation, "RESOURCE_EXHAUSTED", "OVERLOADED"): 1,
    }


async def refused(call: Any) -> None:
    """Returns when the call has been refused."""
    with pytest.raises(Failure):
        await call


@pytest.mark.parametrize("name", FACES)
async def test_items_are_counted_one_by_one(name: str, upstream: sandbox.Running) -> None:
    users = [
        {"mail": "one@example.com", **NEW},
        {"mail": "user-006@example.com", **NEW},
        {"mail": "two@example.com", **NEW},
    ]
    async with running(settings_for(upstream.url)) as facade, client(name, facade) as face:
        await face.call("CreateUsers", {"users": users})
        await face.call("UpdateTickets", {"updates": UPDATES})
        await face.call("SyncUsers", {"roster": [{"mail": "three@example.com", **NEW}]})
        items = read(facade).some("facade_bulk_items_total", "operation", "code")
        counted = ends(facade)
    assert items == {
        ("ProvisioningService/CreateUsers", "OK"): 2,
        ("ProvisioningService/CreateUsers", "ALREADY_EXISTS"): 1,
        ("TicketService/UpdateTickets", "OK"): 2,
        ("ProvisioningService/SyncUsers", "OK"): 1,
    }
    assert {code for _, _, code, _ in counted} == {"OK"}, "a failed item is no failed request"
