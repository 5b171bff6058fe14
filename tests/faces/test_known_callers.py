"""Callers who are authenticated, and the facade's own credentials, through both faces."""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from facade import sandbox
from tests.access import issuer
from tests.access.files import HEADERS, KEY, OWN, billing, callers
from tests.access.issuer import key_set, token
from tests.faces.client import Failure
from tests.faces.stack import FACES, Stack, standing
from tests.support import basic, set_faults

pytestmark = pytest.mark.anyio

CANARY = "canary-7f3a"
EVENT = {"event": {"entity": "e", "env_customer_id": "C-100"}}
TICKET = {"update": {"customer_id": "C-100", "sys_id": "s", "state": 4}}
NEW = {"mail": "n@example.com", "cn": "N", "sn": "N"}
BULK: list[tuple[str, dict[str, Any]]] = [
    ("PublishBatch", {"items": [{"item_id": "a"} | EVENT, {"item_id": "b"} | EVENT]}),
    ("UpdateTickets", {"updates": [TICKET["update"]]}),
    ("CreateUsers", {"users": [NEW]}),
]
Make = Callable[..., AbstractAsyncContextManager[Stack]]


@pytest.fixture(params=FACES)
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """A facade with accounts of its own at the sandbox, and one caller, who may call all if nothing else is said."""

    def make(operations: str = '["*"]', more: str = "", **changes: Any) -> AbstractAsyncContextManager[Stack]:
        file = callers(tmp_path, billing(operations, more))
        return standing(request.param, **({"callers": file} | OWN | changes))

    return make


def sent(upstream: sandbox.Running, path: str = "*") -> list[Any]:
    """What reached the sandbox."""
    return upstream.state.log.entries(path)


async def refused(stack: Stack, operation: str, arguments: Any, headers: dict[str, str]) -> Failure:
    with pytest.raises(Failure) as caught:
        await stack.face.call(operation, arguments, headers)
    return caught.value


async def test_a_caller_who_is_known_is_served_with_the_facade_s_accounts(stack: Make) -> None:
    async with stack() as made:
        assert (await made.face.call("PublishEvent", EVENT, HEADERS))["message"] == "Data published successfully"
        assert (await made.face.call("UpdateTicket", TICKET, HEADERS))["message"] == "Success"
        assert (await made.face.call("GetUser", {"mail": "user@example.com"}, HEADERS))["user"]["cn"] == "Organization"
        for operation, arguments in BULK:
            results = (await made.face.call(operation, arguments, HEADERS))["results"]
            assert {each["code"] for each in results} == {"OK"}
        roster = {"options": {"dry_run": True}, "roster": [NEW]}
        (plan,) = (await made.face.call("SyncUsers", roster, HEADERS))["stream"]
        assert plan["plan"]["kept"] == 251
        assert len(sent(made.upstream, "/api/v1/user/token")) == 1
        assert [entry.headers for entry in sent(made.upstream) if "x-api-key" in entry.headers] == []


@pytest.mark.case("A09")
@pytest.mark.parametrize(
    "headers",
    [{}, basic(), {"x-api-key": "wrong"}, {"authorization": f"Bearer {KEY}"}, {"cookie": "access_token=x"}],
    ids=["nothing", "Basic", "another key", "the key as a token", "a cookie"],
)
async def test_a_stranger_is_refused_before_anything_is_sent(headers: dict[str, str], stack: Make) -> None:
    async with stack() as made:
        for operation, arguments in [
            ("PublishEvent", EVENT),
            ("CheckHealth", {}),
            *BULK,
            ("SyncUsers", {"roster": []}),
        ]:
            error = await refused(made, operation, arguments, headers)
            assert (error.code, error.reason) == ("UNAUTHENTICATED", "CALLER_NOT_AUTHENTICATED")
            assert KEY not in error.message
        assert sent(made.upstream) == []


async def test_a_caller_may_call_what_it_is_allowed_and_nothing_else(stack: Make) -> None:
    async with stack('["PublishService/PublishEvent", "ProvisioningService/ListUsers"]') as made:
        await made.face.call("PublishEvent", EVENT, HEADERS)
        await made.face.call("ListUsers", {}, HEADERS)
        before = len(sent(made.upstream))
        for operation, arguments in [
            (
                "PublishMetric",
                {"metric": {"fields": {"cpu": 1}}} if made.face.name == "grpc" else {"metric": {"cpu": 1}},
            ),
            ("GetUser", {"mail": "user@example.com"}),
            ("GenerateToken", {"email": "api@example.com", "password": "sandbox"}),
            ("SyncUsers", {"options": {"dry_run": True}, "roster": [NEW]}),
            *BULK,
        ]:
            error = await refused(made, operation, arguments, HEADERS)
            assert (error.code, error.reason) == ("PERMISSION_DENIED", "OPERATION_NOT_ALLOWED")
            assert f"/{operation}." in error.message
        assert len(sent(made.upstream)) == before


@pytest.mark.parametrize("header", ["x-iem-authorization", "x-bpm-authorization"])
async def test_credentials_for_an_upstream_that_has_the_facade_s_are_refused_by_name(header: str, stack: Make) -> None:
    async with stack() as made:
        error = await refused(made, "PublishEvent", EVENT, HEADERS | {header: basic()["authorization"]})
        assert (error.code, error.reason) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
        assert error.violations.keys() == {header}
        assert sent(made.upstream) == []


async def test_one_upstream_can_have_the_facade_s_account_and_another_the_caller_s(stack: Make) -> None:
    async with stack(bpm_user=None, bpm_password=None) as made:
        await made.face.call("PublishEvent", EVENT, HEADERS)
        error = await refused(made, "ListUsers", {}, HEADERS)
        assert error.reason == "MISSING_CREDENTIALS"
        own = HEADERS | {"x-bpm-authorization": basic()["authorization"]}
        assert (await made.face.call("GetUser", {"mail": "api@example.com"}, own))["user"]["cn"] == "API"


@pytest.mark.parametrize(
    ("call", "path", "changes"),
    [
        (("PublishEvent", EVENT), "/api/v1/user/token", {"iem_password": CANARY}),
        (("UpdateTicket", TICKET), "/gbp/push/", {"iem_password": CANARY}),
        (("GetUser", {"mail": "user@example.com"}), "/bpm/*", {"bpm_password": CANARY}),
        (("GetUser", {"mail": "user@example.com"}), "/bpm/*", {"bpm_user": "user@example.com"}),
        (("PublishEvent", EVENT), "/publish/*", {"iem_user": "user@example.com"}),
    ],
    ids=["token", "integration", "bpm", "bpm without rights", "publish without rights"],
)
async def test_an_upstream_that_refuses_the_facade_s_account_is_for_the_operator_to_mend(
    call: tuple[str, Any], path: str, changes: dict[str, Any], stack: Make, caplog: pytest.LogCaptureFixture
) -> None:
    async with stack(**changes) as made:
        for _ in range(2):
            error = await refused(made, *call, HEADERS)
            assert (error.code, error.reason) == ("INTERNAL", "UPSTREAM_CREDENTIALS_REJECTED")
            assert error.upstream_status in {401, 403}
            assert CANARY not in error.message
        asked = sent(made.upstream, path)
        assert len(asked) == (1 if "token" in path else 2), "a login that was refused is not tried again at once"
    assert CANARY not in caplog.text


async def test_a_refused_account_stops_a_batch_after_its_first_item(stack: Make) -> None:
    items = [{"item_id": str(number)} | EVENT for number in range(50)]
    async with stack(iem_password=CANARY) as made:
        results = (await made.face.call("PublishBatch", {"items": items}, HEADERS))["results"]
        assert {each["reason"] for each in results} == {"UPSTREAM_CREDENTIALS_REJECTED", "NOT_ATTEMPTED"}
        assert len(sent(made.upstream)) == 1


async def test_a_token_of_ours_that_stays_invalid_costs_two_logins_and_no_more(stack: Make) -> None:
    async with stack() as made:
        body = {"message": "Invalid access token"}
        await set_faults(made.upstream.url, {"path": "/publish/*", "status": 401, "body": body})
        error = await refused(made, "PublishEvent", EVENT, HEADERS)
        assert (error.code, error.reason) == ("INTERNAL", "UPSTREAM_CREDENTIALS_REJECTED")
        assert len(sent(made.upstream, "/api/v1/user/token")) == 2


async def test_what_is_about_the_customer_remains_the_caller_s_business(stack: Make) -> None:
    async with stack() as made:
        error = await refused(made, "PublishEvent", {"event": {"env_customer_id": "C-300"}}, HEADERS)
        assert error.reason == "CUSTOMER_INACTIVE"
        generated = {"email": "api@example.com", "password": "wrong"}
        assert (await refused(made, "GenerateToken", generated, HEADERS)).reason == "INVALID_CREDENTIALS"


async def test_a_token_of_the_issuer_lets_in(stack: Make, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(key_set())
    trusted = {"jwt_issuer": issuer.NAME, "jwt_audience": issuer.AUDIENCE, "jwt_keys": str(tmp_path / "keys.json")}
    async with stack(more='jwt_subject = "billing@clients"\n', **trusted) as made:
        good = {"authorization": f"Bearer {token()}"}
        await made.face.call("PublishEvent", EVENT, good)
        await made.face.call("PublishEvent", EVENT, HEADERS)
        error = await refused(made, "PublishEvent", EVENT, {"authorization": f"Bearer {token(aud='other')}"})
        assert error.reason == "CALLER_NOT_AUTHENTICATED"
        assert len(sent(made.upstream, "/publish/*")) == 2


async def test_the_keys_of_tokens_can_be_at_a_url(stack: Make, upstream: sandbox.Running) -> None:
    keys = key_set()
    await set_faults(upstream.url, {"path": "/keys", "status": 200, "body": keys})
    trusted = {"jwt_issuer": issuer.NAME, "jwt_audience": issuer.AUDIENCE, "jwt_keys": f"{upstream.url}/keys"}
    async with stack(more='jwt_subject = "billing@clients"\n', **trusted) as made:
        await made.face.call("PublishEvent", EVENT, {"authorization": f"Bearer {token()}"})
    assert len(sent(upstream, "/keys")) == 1
    await set_faults(upstream.url, {"path": "/keys", "status": 302, "headers": {"location": f"{upstream.url}/x"}})
    async with stack(more='jwt_subject = "billing@clients"\n', **trusted) as made:
        error = await refused(made, "PublishEvent", EVENT, {"authorization": f"Bearer {token()}"})
        assert (error.code, error.reason) == ("UNAVAILABLE", "UPSTREAM_UNREACHABLE")
    assert sent(upstream, "/x") == []


async def test_the_log_names_the_caller_and_never_its_key(stack: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "facade")
    async with stack('["PublishService/PublishEvent"]') as made:
        await made.face.call("PublishEvent", EVENT, HEADERS)
        await refused(made, "ListUsers", {}, HEADERS)
        await refused(made, "PublishEvent", EVENT, {"x-api-key": CANARY})
    lines = [record.__dict__ for record in caplog.records if record.name == "facade.request"]
    assert [(line["code"], line.get("caller")) for line in lines] == [
        ("OK", "billing"),
        ("PERMISSION_DENIED", "billing"),
        ("UNAUTHENTICATED", None),
    ]
    everything = caplog.text + str([record.__dict__ for record in caplog.records])
    assert KEY not in everything
    assert CANARY not in everything
