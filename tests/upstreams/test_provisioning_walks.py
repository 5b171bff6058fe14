"""A list that moves or lies while it is read is never cut short and called complete, and never read for ever."""

from collections.abc import Callable

import pytest

from facade.domain.provisioning import Window
from facade.errors import Code, FacadeError, Reason
from tests.upstreams.doubles import caller, connected, failure
from tests.upstreams.members import Members, Page, member


async def walk(members: Members) -> list[str]:
    return [user.cn async for user in connected(members).provisioning.all(caller())]


def changed(error: FacadeError) -> None:
    assert (error.code, error.reason, error.upstream) == (Code.ABORTED, Reason.LIST_CHANGED, "bpm")
    assert error.retryable


def malformed(error: FacadeError) -> None:
    assert (error.code, error.reason) == (Code.INTERNAL, Reason.UPSTREAM_MALFORMED_RESPONSE)
    assert (error.upstream, error.upstream_status) == ("bpm", 200)


def second(change: Callable[[list[str]], object]) -> Callable[[int, list[str]], None]:
    """A change that happens before the second answer."""

    def move(number: int, users: list[str]) -> None:
        if number == 1:
            change(users)

    return move


MOVED: dict[str, Callable[[list[str]], object]] = {
    "a user before is deleted": lambda users: users.pop(0),
    "the user at the seam is deleted": lambda users: users.pop(99),
    "a user is added before": lambda users: users.insert(0, "new"),
    "a user is added at the seam": lambda users: users.insert(99, "new"),
    "the order changes": lambda users: users.reverse(),
    "nobody is left": lambda users: users.clear(),
    "less are left than were read": lambda users: users.__delitem__(slice(50, None)),
    "just the users before the seam are left": lambda users: users.__delitem__(slice(99, None)),
}


@pytest.mark.case("B04", "D10")
@pytest.mark.parametrize("change", MOVED.values(), ids=MOVED.keys())
async def test_a_list_that_moved_under_the_seam_is_told(change: Callable[[list[str]], object]) -> None:
    changed(await failure(walk(Members(250, move=second(change)))))


@pytest.mark.parametrize("change", MOVED.values(), ids=MOVED.keys())
async def test_a_page_of_a_list_that_moved_is_told_too(change: Callable[[list[str]], object]) -> None:
    api = connected(Members(250, move=second(change))).provisioning

    changed(await failure(api.page(Window(size=200), caller())))


HARMLESS: dict[str, tuple[Callable[[list[str]], object], list[str]]] = {
    "users are added at the end": (
        lambda users: users.extend(["x", "y"]),
        [*(str(number) for number in range(250)), "x", "y"],
    ),
    "users behind are deleted": (
        lambda users: users.__delitem__(slice(150, None)),
        [str(number) for number in range(150)],
    ),
    "all behind are deleted": (
        lambda users: users.__delitem__(slice(100, None)),
        [str(number) for number in range(100)],
    ),
    "a user is added behind": (
        lambda users: users.insert(200, "x"),
        [*(str(number) for number in range(200)), "x", *(str(number) for number in range(200, 250))],
    ),
}


@pytest.mark.case("D10")
@pytest.mark.parametrize(("change", "expected"), HARMLESS.values(), ids=HARMLESS.keys())
async def test_a_change_behind_the_seam_gives_the_newer_list(
    change: Callable[[list[str]], object], expected: list[str]
) -> None:
    assert await walk(Members(250, move=second(change))) == expected


def bent(**changes: object) -> Callable[[int, Page], Page]:
    return lambda number, page: page | (changes if number == 1 else {})


LIES: dict[str, Callable[[int, Page], Page]] = {
    "the first page again": lambda number, page: (
        page if number == 0 else page | {"beginIndex": 0, "users": [member(str(index)) for index in range(100)]}
    ),
    "a page too short": lambda number, page: page | ({"users": page["users"][:-1]} if number else {}),
    "a page too long": lambda number, page: page | ({"users": [*page["users"], member("x")]} if number else {}),
    "an empty page": bent(users=[]),
    "another beginning": bent(beginIndex=100),
    "a beginning at zero": bent(beginIndex=0),
    "a total that grows without users": bent(totalUsers=251, users=[member(str(n)) for n in range(99, 198)]),
    "a total below the page": bent(totalUsers=150),
    "a negative total": bent(totalUsers=-1, users=[]),
    "a negative beginning": bent(beginIndex=-1),
    "a beginning that is text": bent(beginIndex="99"),
    "a user that is none": bent(users=[None] * 100),
}


@pytest.mark.case("B04")
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
async def test_an_answer_that_is_not_what_was_asked_for_is_malformed(lie: Callable[[int, Page], Page]) -> None:
    members = Members(250, bend=lie)

    malformed(await failure(walk(members)))
    assert len(members.requests) == 2


async def test_the_same_users_under_other_numbers_are_noticed() -> None:
    members = Members(250, bend=lambda _, page: page | {"users": [member(str(n)) for n in range(len(page["users"]))]})

    changed(await failure(walk(members)))
    assert len(members.requests) == 2


@pytest.mark.case("B04")
async def test_a_total_that_always_grows_ends_with_a_short_page() -> None:
    members = Members(150, bend=lambda number, page: page | {"totalUsers": 1000 + number})

    malformed(await failure(walk(members)))
    assert len(members.requests) == 2


@pytest.mark.case("B04")
async def test_a_list_that_grows_for_ever_is_read_until_the_time_is_over() -> None:
    def grow(_number: int, users: list[str]) -> None:
        users.extend(str(len(users) + index) for index in range(200))

    api = connected(Members(200, move=grow)).provisioning
    taken: list[str] = []

    async def drain() -> None:
        taken.extend([user.cn async for user in api.all(caller(seconds=0.3))])

    assert (await failure(drain())).code is Code.DEADLINE_EXCEEDED


async def test_a_negative_total_of_an_empty_first_page_is_malformed() -> None:
    members = Members(0, bend=lambda _, page: page | {"totalUsers": -5})

    malformed(await failure(connected(members).provisioning.page(Window(), caller())))
