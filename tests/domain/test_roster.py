"""Plans: what a roster changes in an account, and what is refused."""

from typing import Any

import pytest

from facade.domain.provisioning import NewUser, User
from facade.domain.roster import FLAGS, Changes, SyncOptions, SyncPlan, changes, check_roster
from facade.errors import Code, FacadeError, Reason

pytestmark = pytest.mark.anyio

ALL = SyncOptions(delete_missing=True, replace_changed=True, max_deletes=1000)
OFF = dict.fromkeys(FLAGS, False)


def old(mail: str, **flags: bool) -> User:
    return User(mail=mail, cn="C", sn="S", **(OFF | flags))


def new(mail: str, cn: str = "C", /, **flags: Any) -> NewUser:
    return NewUser(mail=mail, cn=cn, sn="S", **flags)


def refusal(planned: Changes, options: SyncOptions, caller: str = "") -> str:
    with pytest.raises(FacadeError) as caught:
        planned.check(options, caller)
    assert (caught.value.code, caught.value.reason) == (Code.FAILED_PRECONDITION, Reason.PLAN_REFUSED)
    return caught.value.message


async def test_who_is_missing_is_added_and_who_is_there_kept() -> None:
    planned = await changes([new("a@x"), new("b@x")], [old("b@x"), old("c@x")], SyncOptions())
    assert planned.plan == SyncPlan(to_add=["a@x"], to_replace=[], to_delete=[], kept=2)


async def test_deleting_and_replacing_are_off_unless_asked() -> None:
    account = [old("b@x"), old("c@x")]
    roster = [new("b@x", "Other")]
    assert (await changes(roster, account, SyncOptions())).plan.kept == 2
    assert (await changes(roster, account, ALL)).plan == SyncPlan(
        to_add=[], to_replace=["b@x"], to_delete=["c@x"], kept=0
    )


async def test_addresses_compare_without_regard_to_case() -> None:
    planned = await changes([new("A@X")], [old("a@x")], ALL)
    assert planned.plan == SyncPlan(to_add=[], to_replace=[], to_delete=[], kept=1)


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("was", [True, False])
async def test_a_flag_differs_only_if_the_roster_sets_it_otherwise(flag: str, was: bool) -> None:
    account = [old("a@x", **{flag: was})]
    assert (await changes([new("a@x")], account, ALL)).plan.kept == 1
    assert (await changes([new("a@x", **{flag: was})], account, ALL)).plan.kept == 1
    assert (await changes([new("a@x", **{flag: not was})], account, ALL)).plan.to_replace == ["a@x"]


async def test_who_is_replaced_keeps_the_flags_that_the_roster_leaves_unset() -> None:
    planned = await changes([new("a@x", tester=True)], [old("a@x", developer=True)], ALL)
    assert planned.replace == [new("a@x", **(OFF | {"developer": True, "tester": True}))]


@pytest.mark.parametrize(("total", "deleted", "fine"), [(20, 2, True), (20, 3, False), (9, 1, False), (10, 1, True)])
async def test_a_tenth_of_the_account_may_be_deleted_unless_the_caller_says_otherwise(
    total: int, deleted: int, fine: bool
) -> None:
    account = [old(f"u{number}@x") for number in range(total)]
    roster = [new(user.mail) for user in account[deleted:]]
    options = SyncOptions(delete_missing=True)
    planned = await changes(roster, account, options)
    if fine:
        planned.check(options, "")
    else:
        assert refusal(planned, options).startswith(f"The plan deletes {deleted} of {total} users, and max_deletes")
    assert "Nothing was changed." in refusal(planned, SyncOptions(max_deletes=deleted - 1))
    planned.check(SyncOptions(max_deletes=deleted), "")


@pytest.mark.parametrize("roster", [[], [new("Me@X", "Other")]], ids=["deleted", "replaced"])
async def test_the_caller_itself_stays(roster: list[NewUser]) -> None:
    planned = await changes(roster, [old("me@x")], ALL)
    assert refusal(planned, ALL, "ME@x").startswith("The plan deletes or replaces the user who asks for it.")


@pytest.mark.parametrize("roster", [[], [new("a@x", account_admin=False)]], ids=["deleted", "replaced"])
async def test_the_last_administrator_stays(roster: list[NewUser]) -> None:
    account = [old("a@x", account_admin=True), old("b@x")]
    planned = await changes(roster, account, ALL)
    assert "last administrator" in refusal(planned, ALL, "me@x")
    (await changes(roster, [*account, old("c@x", account_admin=True)], SyncOptions(replace_changed=True))).check(
        ALL, "me@x"
    )


def test_a_roster_names_nobody_twice() -> None:
    check_roster([new("a@x"), new("b@x")])
    with pytest.raises(FacadeError) as caught:
        check_roster([new("a@x"), new("b@x"), new("A@x")])
    assert [each.field for each in caught.value.violations] == ["roster[2].mail"]
