"""SyncUsers through both faces: the plan, what becomes of each user, and what a plan may not do."""

from typing import Any

import pytest

from facade import sandbox
from facade.sandbox import Options
from facade.sandbox.accounts import PASSWORD, Account
from facade.server import running
from tests.faces.client import API, Face, Failure
from tests.faces.rows import BPM
from tests.faces.stack import FACES, Stack, client, standing
from tests.support import basic, set_faults, settings_for

pytestmark = pytest.mark.anyio

WRITES = {"PUT", "DELETE", "POST"}
ALL: dict[str, Any] = {"delete_missing": True, "replace_changed": True}
SECOND = Account("second.admin@example.com", "Second admin", PASSWORD, administrator=True)


def user(mail: str, cn: str = "New", sn: str = "User", **flags: bool) -> dict[str, Any]:
    return {"mail": mail, "cn": cn, "sn": sn, **flags}


def current(upstream: sandbox.Running) -> list[dict[str, Any]]:
    """The sandbox's users as a roster: names and flags under proto names."""
    names = {"accountAdmin": "account_admin", "endUser": "end_user"}
    users = upstream.state.roster.page(0, 10_000)
    return [{names.get(name, name): value for name, value in each.items()} for each in users]


def writes(upstream: sandbox.Running) -> int:
    return len([entry for entry in upstream.state.log.entries(BPM) if entry.method in WRITES])


async def synced(
    face: Face, roster: list[dict[str, Any]], *, account: str = API, timeout: float | None = None, **options: Any
) -> list[dict[str, Any]]:
    """The events of a sync that `account` asks for."""
    asked = {"options": options, "roster": roster}
    stream: list[dict[str, Any]] = (await face.call("SyncUsers", asked, basic(account), timeout))["stream"]
    return stream


def plan(add: list[str], replace: list[str], delete: list[str], kept: int) -> dict[str, Any]:
    return {"plan": {"to_add": add, "to_replace": replace, "to_delete": delete, "kept": kept}}


def summary(**counts: int) -> dict[str, Any]:
    names = ("added", "replaced", "deleted", "kept", "failed", "not_attempted")
    return {"summary": {name: counts.get(name, 0) for name in names}}


def outcomes(events: list[dict[str, Any]]) -> dict[str, str]:
    """What was done with each user, or the reason why it was not."""
    results = [event["result"] for event in events if "result" in event]
    return {result["item_id"]: result["done_message"] or result["reason"] for result in results}


@pytest.mark.parametrize("name", FACES)
async def test_it_adds_keeps_replaces_and_deletes(name: str) -> None:
    async with standing(name, options=Options(users=22)) as stack:
        roster = current(stack.upstream)
        gone, changed = roster.pop(5)["mail"], roster[7]
        changed["cn"] = "Renamed"
        wanted = [*roster, user("first@example.com"), user("second@example.com", developer=True)]

        events = await synced(stack.face, wanted, **ALL)

        added = ["first@example.com", "second@example.com"]
        assert events[0] == plan(added, [changed["mail"]], [gone], 20)
        assert outcomes(events[1:-1]) == {
            **dict.fromkeys(added, "added"),
            changed["mail"]: "replaced",
            gone: "deleted",
        }
        assert events[-1] == summary(added=2, replaced=1, deleted=1, kept=20)
        account = {each["mail"]: each for each in current(stack.upstream)}
        assert account.keys() == {each["mail"] for each in wanted}
        assert account[changed["mail"]] == changed
        assert account["second@example.com"]["developer"] is True

        before = writes(stack.upstream)
        assert await synced(stack.face, wanted, **ALL) == [plan([], [], [], 23), summary(kept=23)]
        assert writes(stack.upstream) == before, "running it again does nothing"


async def test_a_dry_run_ends_after_the_plan(face: Face, upstream: sandbox.Running) -> None:
    events = await synced(face, [user("first@example.com")], dry_run=True, delete_missing=True)

    (told,) = events
    assert (told["plan"]["to_add"], len(told["plan"]["to_delete"])) == (["first@example.com"], 250)
    assert writes(upstream) == 0


async def test_without_options_nobody_is_deleted_or_replaced(face: Face, upstream: sandbox.Running) -> None:
    renamed = current(upstream)[3] | {"cn": "Renamed"}

    assert await synced(face, [renamed]) == [plan([], [], [], 250), summary(kept=250)]
    assert writes(upstream) == 0


async def test_an_empty_roster_is_one(face: Face) -> None:
    assert await synced(face, []) == [plan([], [], [], 250), summary(kept=250)]


async def test_addresses_are_the_same_in_capitals(face: Face, upstream: sandbox.Running) -> None:
    roster = [each | {"mail": each["mail"].upper()} for each in current(upstream)]

    assert await synced(face, roster, **ALL) == [plan([], [], [], 250), summary(kept=250)]


async def test_flags_that_the_roster_leaves_out_stay_as_they_are(face: Face, upstream: sandbox.Running) -> None:
    old = next(each for each in current(upstream) if each["developer"] and each["mail"] != "api@example.com")
    wanted = user(old["mail"], "Renamed", old["sn"])
    assert await synced(face, [user(old["mail"], old["cn"], old["sn"])], replace_changed=True) == [
        plan([], [], [], 250),
        summary(kept=250),
    ]

    events = await synced(face, [wanted], replace_changed=True)

    assert outcomes(events) == {old["mail"]: "replaced"}
    (new,) = [each for each in current(upstream) if each["mail"] == old["mail"]]
    assert new == old | {"cn": "Renamed"}


async def refused(stack: Stack, roster: list[dict[str, Any]], **options: Any) -> Failure:
    """The failure of a sync whose plan is told and not carried out."""
    with pytest.raises(Failure) as caught:
        await synced(stack.face, roster, **options)
    assert (caught.value.code, caught.value.reason) == ("FAILED_PRECONDITION", "PLAN_REFUSED")
    assert [set(event) for event in caught.value.events] == [{"plan"}]
    assert writes(stack.upstream) == 0
    return caught.value


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize(
    ("missing", "options", "allowed"),
    [
        pytest.param(4, {}, True, id="a tenth, if nothing is said"),
        pytest.param(5, {}, False, id="more than a tenth"),
        pytest.param(5, {"max_deletes": 5}, True, id="as many as are allowed"),
        pytest.param(1, {"max_deletes": 0}, False, id="none allowed"),
    ],
)
async def test_a_plan_that_deletes_too_many_is_refused_whole(
    name: str, missing: int, options: dict[str, Any], allowed: bool
) -> None:
    async with standing(name, options=Options(users=40)) as stack:
        roster = [*current(stack.upstream)[: 40 - missing], user("first@example.com")]
        if allowed:
            events = await synced(stack.face, roster, delete_missing=True, **options)
            assert events[-1] == summary(added=1, deleted=missing, kept=40 - missing)
        else:
            failure = await refused(stack, roster, delete_missing=True, **options)
            assert f"deletes {missing} of 40" in failure.message


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("options", [{"delete_missing": True, "max_deletes": 99}, {"replace_changed": True}])
async def test_who_asks_is_never_deleted_nor_replaced(name: str, options: dict[str, Any]) -> None:
    async with standing(name, options=Options(users=10, accounts=(SECOND,))) as stack:
        await stack.face.call("CreateUser", {"user": user(SECOND.email, account_admin=True)})
        stack.upstream.state.log.clear()
        roster = current(stack.upstream)
        if "replace_changed" in options:
            roster[0]["cn"] = "Renamed"
        else:
            del roster[0]

        failure = await refused(stack, roster, **options)

        assert "who asks" in failure.message


@pytest.mark.parametrize("name", FACES)
async def test_the_last_administrator_is_never_deleted(name: str) -> None:
    async with standing(name, options=Options(users=10, accounts=(SECOND,))) as stack:
        roster = current(stack.upstream)
        del roster[0]

        failure = await refused(stack, roster, account=SECOND.email, delete_missing=True, max_deletes=99)

        assert "last administrator" in failure.message


@pytest.mark.parametrize("name", FACES)
async def test_of_two_administrators_one_can_be_deleted(name: str) -> None:
    async with standing(name, options=Options(users=10, accounts=(SECOND,))) as stack:
        await stack.face.call("CreateUser", {"user": user(SECOND.email, account_admin=True)})
        roster = current(stack.upstream)
        del roster[0]

        events = await synced(stack.face, roster, account=SECOND.email, delete_missing=True, max_deletes=1)

        assert outcomes(events) == {API: "deleted"}


BAD_ROSTERS = [
    pytest.param([user("a@example.com"), user("A@Example.com")], {}, "roster[1].mail", id="an address twice"),
    pytest.param([user("a@example.com"), user("b@example.com", cn="")], {}, "roster[1].cn", id="no first name"),
    pytest.param([user("no address")], {}, "roster[0].mail", id="no address"),
    pytest.param([], {"max_deletes": -1}, "options.max_deletes", id="fewer than none"),
]


@pytest.mark.parametrize(("roster", "options", "field"), BAD_ROSTERS)
async def test_a_bad_roster_is_refused_before_anything_is_asked(
    roster: list[dict[str, Any]], options: dict[str, Any], field: str, face: Face, upstream: sandbox.Running
) -> None:
    with pytest.raises(Failure) as caught:
        await synced(face, roster, **options)

    assert (caught.value.code, caught.value.reason) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
    assert caught.value.violations.keys() == {field}
    assert caught.value.events == []
    assert upstream.state.log.entries() == []


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "MISSING_CREDENTIALS"),
        (basic(password="wrong"), "INVALID_CREDENTIALS"),
        ({"authorization": "Bearer x"}, "BASIC_REQUIRED"),
        (basic("user@example.com"), "NOT_ADMINISTRATOR"),
        ({"authorization": "Digest x"}, "INVALID_CREDENTIALS"),
    ],
)
async def test_who_may_not_is_told_before_there_is_a_plan(headers: dict[str, str], reason: str, face: Face) -> None:
    with pytest.raises(Failure, match=reason) as caught:
        await face.call("SyncUsers", {"options": {}, "roster": [user("a@example.com")]}, headers)

    assert caught.value.events == []
    assert caught.value.request_id


async def test_a_list_that_cannot_be_read_ends_it_without_a_plan(face: Face, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": BPM, "status": 500})

    with pytest.raises(Failure, match="UPSTREAM_ERROR") as caught:
        await synced(face, [user("a@example.com")])

    assert (caught.value.upstream, caught.value.upstream_status, caught.value.events) == ("bpm", 500, [])


async def test_a_user_who_fails_does_not_spoil_the_rest(face: Face, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"method": "PUT", "path": BPM, "status": 400, "times": 1})

    events = await synced(face, [user(f"n{number}@example.com") for number in range(5)])

    assert sorted(outcomes(events).values()) == ["UPSTREAM_REJECTED", *["added"] * 4]
    assert events[-1] == summary(added=4, kept=250, failed=1)


async def test_when_the_time_is_over_the_rest_is_not_attempted(face: Face, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"method": "PUT", "path": BPM, "delay": 0.3})
    roster = [user(f"n{number}@example.com") for number in range(200)]

    # The facade's ceiling: the caller's own time would be over, on a busy machine, before the last event is there.
    async with running(settings_for(upstream.url, bulk_timeout=2.0)) as short, client(face.name, short) as hurried:
        events = await synced(hurried, roster, timeout=60.0)

    counts = events[-1]["summary"]
    assert counts["added"] > 0
    assert counts["not_attempted"] > 0
    assert counts["added"] + counts["not_attempted"] + counts["failed"] == len(roster)
    told = outcomes(events)
    assert len(told) == len(roster)
    assert set(told.values()) <= {"added", "NOT_ATTEMPTED", "UPSTREAM_TIMEOUT"}
    finished = await synced(face, roster)
    assert finished[-1]["summary"]["failed"] == 0
    assert {each["mail"] for each in roster} <= {each["mail"] for each in current(upstream)}
