"""Every operation through both faces: what it answers, and what reaches the upstream."""

import json
import logging
from typing import Any

import pytest

from facade import sandbox
from facade.sandbox.request_log import Entry
from tests.faces.client import Face, Failure
from tests.faces.stack import FACES, standing
from tests.support import basic

pytestmark = pytest.mark.anyio

PUBLISHED = {"message": "Data published successfully"}
NEW = {"mail": "new.user@example.com", "cn": "New", "sn": "User"}


def last(upstream: sandbox.Running, path: str) -> Entry:
    """The latest request at `path`."""
    return upstream.state.log.entries(path)[-1]


def record(face: Face, fields: dict[str, Any]) -> dict[str, Any]:
    """An open record as the face takes it."""
    return {"fields": fields} if face.name == "grpc" else fields


async def test_a_token_is_issued_and_can_be_used(face: Face) -> None:
    asked = {"email": "api@example.com", "password": "sandbox"}
    token = (await face.call("GenerateToken", asked, headers={}))["token"]

    assert token["email"] == "api@example.com"
    assert token["is_superadmin"] is False
    assert token["refresh_token"]
    bearer = {"authorization": f"Bearer {token['access_token']}"}
    assert await face.call("PublishEvent", {"event": {"entity": "web-1"}}, bearer) == PUBLISHED
    cookie = {"cookie": f"theme=dark; access_token={token['access_token']}"}
    assert await face.call("PublishEvent", {"event": {"entity": "web-1"}}, cookie) == PUBLISHED


async def test_an_event_arrives_under_the_contracts_names(face: Face, upstream: sandbox.Running) -> None:
    event = {
        "parameter_category": "cpu",
        "parameter_type": "cpu",
        "parameter_name": "cpu",
        "parameter_id": "cpu",
        "severity": "4",
        "description": "cpu issue",
        "messages": "",
        "entity": "entity1",
        "entity_id": "entity1",
        "env_customer_id": "C-100",
        "tool_customer_name": "T",
        "event_id": "17",
        "first_occurrence": "2024-04-16T12:01:00.254Z",
        "split_by": "host",
        "attributes": {"site": "north", "rank": 1, "load": 0.5, "tags": ["a", {"b": None}], "up": True},
    }

    assert await face.call("PublishEvent", {"event": event}) == PUBLISHED

    body = json.loads(last(upstream, "/publish/allevents").body)
    assert isinstance(body["rank"], int)
    wired = {name.replace("_", ""): value for name, value in event.items() if name != "attributes"}
    assert body == wired | {"site": "north", "rank": 1, "load": 0.5, "tags": ["a", {"b": None}], "up": True}


async def test_what_an_event_leaves_out_is_not_sent_and_what_is_empty_is(face: Face, upstream: sandbox.Running) -> None:
    await face.call("PublishEvent", {"event": {"entity": "", "severity": "1"}})

    assert json.loads(last(upstream, "/publish/allevents").body) == {"entity": "", "severity": "1"}


@pytest.mark.parametrize(
    ("operation", "field", "path"),
    [
        ("PublishMetric", "metric", "/publish/metrics"),
        ("PublishEntityTopology", "topology", "/publish/entity"),
        ("PublishServiceTopology", "topology", "/publish/service"),
        ("PublishHealthcheck", "healthcheck", "/publish/healthcheck"),
    ],
)
async def test_an_open_record_is_sent_as_it_is(
    face: Face, upstream: sandbox.Running, operation: str, field: str, path: str
) -> None:
    fields = {"name": "load", "value": 3, "ratio": 0.25, "children": [{"up": False}], "none": None}

    assert await face.call(operation, {field: record(face, fields)}) == PUBLISHED

    entry = last(upstream, path)
    assert (entry.method, json.loads(entry.body)) == ("POST", fields)
    assert isinstance(json.loads(entry.body)["value"], int)


async def test_the_upstreams_health_needs_no_credentials_and_sends_none(face: Face, upstream: sandbox.Running) -> None:
    assert await face.call("CheckHealth") == {"message": "API is running"}

    assert not {"authorization", "cookie"} & last(upstream, "/publish/healthcheck/").headers.keys()


@pytest.mark.parametrize("kind", ["basic", "token"])
async def test_a_ticket_is_updated_with_either_kind_of_credentials(
    face: Face, upstream: sandbox.Running, kind: str
) -> None:
    headers = basic()
    if kind == "token":
        asked = {"email": "api@example.com", "password": "sandbox"}
        token = (await face.call("GenerateToken", asked))["token"]["access_token"]
        headers = {"authorization": f"Bearer {token}"}
    update = {"customer_id": "C-100", "sys_id": "ab" * 16, "state": 4}

    assert await face.call("UpdateTicket", {"update": update}, headers) == {"message": "Success"}

    entry = last(upstream, "/gbp/push/")
    assert entry.query == "CustomerId=C-100"
    assert json.loads(entry.body) == {"state": 4, "sysid": "ab" * 16}
    assert ("authorization" in entry.headers) == (kind == "basic")


async def test_users_come_and_go(face: Face) -> None:
    created = (await face.call("CreateUser", {"user": NEW | {"developer": True}}))["user"]

    flags = {"account_admin": False, "developer": True, "end_user": True, "operator": False, "tester": False}
    assert created == NEW | flags
    assert (await face.call("GetUser", {"mail": NEW["mail"]}))["user"] == created
    await face.call("DeleteUser", {"mail": NEW["mail"]})
    with pytest.raises(Failure, match="USER_NOT_FOUND"):
        await face.call("GetUser", {"mail": NEW["mail"]})
    with pytest.raises(Failure, match="USER_NOT_FOUND"):
        await face.call("DeleteUser", {"mail": NEW["mail"]})
    await face.call("DeleteUser", {"mail": NEW["mail"], "allow_missing": True})


async def test_only_the_booleans_that_are_set_are_sent(face: Face, upstream: sandbox.Running) -> None:
    await face.call("CreateUser", {"user": NEW | {"end_user": False}})

    put = upstream.state.log.entries("*UserProvisioningService.json")[-1]
    assert json.loads(put.body) == NEW | {"endUser": False}


@pytest.mark.parametrize("name", FACES)
async def test_an_answer_with_a_body_to_add_and_delete_is_a_success_too(name: str) -> None:
    async with standing(name, options=sandbox.Options(echo_bodies=True)) as stack:
        created = await stack.face.call("CreateUser", {"user": NEW})
        assert created["user"]["mail"] == NEW["mail"]
        await stack.face.call("DeleteUser", {"mail": NEW["mail"]})


async def test_an_address_is_one_path_segment(face: Face, upstream: sandbox.Running) -> None:
    with pytest.raises(Failure, match="USER_NOT_FOUND"):
        await face.call("GetUser", {"mail": "a/../b?c=1#d@example.com"})

    assert last(upstream, "*UserProvisioningService.json/*").path.endswith("/a%2F..%2Fb%3Fc%3D1%23d%40example.com")


async def test_each_upstream_gets_its_own_credentials(face: Face, upstream: sandbox.Running) -> None:
    headers = {"x-bpm-authorization": basic()["authorization"], "x-iem-authorization": "Bearer nothing"}

    assert (await face.call("GetUser", {"mail": "api@example.com"}, headers))["user"]["account_admin"]
    with pytest.raises(Failure, match="INVALID_TOKEN"):
        await face.call("PublishEvent", {"event": {"entity": "x"}}, headers)
    assert not upstream.state.log.entries("/api/v1/user/token")


async def test_the_log_names_method_code_upstreams_and_request(face: Face, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "facade.request")

    await face.call("PublishEvent", {"event": {"entity": "x"}}, basic() | {"x-request-id": "r-1"})
    await face.call("PublishEvent", {"event": {"entity": "x"}}, basic() | {"x-request-id": "r-2"})

    told = [vars(entry) for entry in caplog.records if entry.name == "facade.request"]
    assert [(entry["request_id"], entry["code"], entry["upstream"]) for entry in told] == [
        ("r-1", "OK", "token,publish"),
        ("r-2", "OK", "publish"),
    ]
    assert {entry["method"] for entry in told} <= {"/facade.v1.PublishService/PublishEvent", "mutation publishEvent"}
