"""Windows on the list of users, against the sandbox: what is in them, and what lies around them."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from facade.domain.provisioning import User, UserPage, Window
from facade.sandbox import Options, create_app
from facade.upstreams.provisioning import ProvisioningApi
from tests.upstreams.doubles import caller, connected, failure
from tests.upstreams.members import Members, Page

TOTAL = 250


def sandbox(users: int = TOTAL) -> ProvisioningApi:
    return connected(httpx.ASGITransport(create_app(Options(users=users)))).provisioning


async def everybody(api: ProvisioningApi) -> list[User]:
    users = api.all(caller())
    assert isinstance(users, AsyncGenerator)
    return [user async for user in users]


WINDOWS = {  # window, first and last position of what is in it
    "the first page": (Window(), 0, 99),
    "one user": (Window(size=1), 0, 0),
    "a page that takes two answers": (Window(size=150), 0, 149),
    "a page that takes three answers": (Window(size=200, after=9), 10, 209),
    "everybody": (Window(size=1000), 0, 249),
    "after a user": (Window(size=10, after=4), 5, 14),
    "the rest": (Window(size=100, after=199), 200, 249),
    "the last user": (Window(size=5, after=248), 249, 249),
    "after the last user": (Window(size=5, after=249), 250, 249),
    "far beyond the end": (Window(size=5, after=99_999), 100_000, 99_999),
    "between two users": (Window(size=100, after=4, before=8), 5, 7),
    "between neighbours": (Window(size=100, after=4, before=5), 5, 4),
    "between two users the wrong way round": (Window(size=100, after=8, before=4), 9, 8),
    "before the first user": (Window(size=100, before=0), 0, -1),
    "the end of the list": (Window(size=10, backward=True), 240, 249),
    "the end of the list in two answers": (Window(size=150, backward=True), 100, 249),
    "more than there are, from the end": (Window(size=1000, backward=True), 0, 249),
    "back from a user": (Window(size=10, before=100, backward=True), 90, 99),
    "back to the start": (Window(size=10, before=3, backward=True), 0, 2),
    "back from far beyond the end": (Window(size=10, before=99_999, backward=True), 240, 249),
    "back from just beyond the end": (Window(size=10, before=255, backward=True), 240, 249),
    "back from beyond the end to a user": (Window(size=100, after=247, before=300, backward=True), 248, 249),
    "back from the first user": (Window(size=10, before=0, backward=True), 0, -1),
    "back to a user": (Window(size=100, after=95, before=100, backward=True), 96, 99),
    "the end after a user": (Window(size=100, after=200, backward=True), 201, 249),
    "the end after the last user": (Window(size=100, after=249, backward=True), 250, 249),
}


@pytest.mark.parametrize(("window", "first", "last"), WINDOWS.values(), ids=WINDOWS.keys())
async def test_a_window_shows_its_users(window: Window, first: int, last: int) -> None:
    api = sandbox()
    everyone = await everybody(api)

    page = await api.page(window, caller())

    assert (page.begin, page.end, page.total) == (first, last, TOTAL)
    assert page.users == everyone[first : last + 1]
    assert page.has_next == (last < TOTAL - 1)
    assert page.has_previous == (first > 0)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
async def test_a_list_of_nobody_is_empty(backward: bool) -> None:
    api = connected(Members(0)).provisioning

    assert await api.page(Window(backward=backward), caller()) == UserPage([], 0, 0)


@pytest.mark.parametrize("count", [1, 2, 99, 100, 101, 198, 199, 200, 250, 500])
async def test_everybody_is_everybody_once(count: int) -> None:
    mails = [user.mail for user in await everybody(connected(Members(count)).provisioning)]

    assert mails == [f"{number}@example.com" for number in range(count)]


async def test_each_answer_after_the_first_begins_with_the_user_who_ended_the_one_before() -> None:
    members = Members(250)

    await everybody(connected(members).provisioning)

    assert members.ranges == ["0..99", "99..198", "198..297"]


async def test_no_more_is_asked_for_than_is_wanted() -> None:
    members = Members(250)

    await connected(members).provisioning.page(Window(size=120, after=9), caller())

    assert members.ranges == ["10..109", "109..129"]


async def test_users_are_read_no_faster_than_they_are_taken() -> None:
    members = Members(500)
    users = connected(members).provisioning.all(caller())

    taken = [await anext(users) for _ in range(100)]
    assert len(members.requests) == 1
    taken.append(await anext(users))
    assert len(members.requests) == 2

    await users.aclose()
    assert len(members.requests) == 2
    assert len(taken) == 101


URIS = [
    "http://evil.test/steal",
    "https://bpm.test:8443/bpm/portal/rest/v1/UserProvisioningService.json?beginIndex=7",
    "/bpm/portal/rest/v1/UserProvisioningService.json?beginIndex=0&endIndex=99",
    "not a URI at all \x00",
    "x" * 20_000,
    None,
    7,
    {"href": "http://evil.test"},
]


@pytest.mark.case("B02")
@pytest.mark.parametrize("uri", URIS, ids=lambda uri: repr(uri)[:40])
async def test_the_uris_of_the_neighbouring_pages_are_never_used(uri: object) -> None:
    def bend(_number: int, page: Page) -> Page:
        return page | {"nextPage": uri, "previousPage": uri}

    members = Members(250, bend=bend)

    assert len(await everybody(connected(members).provisioning)) == 250
    assert {each.url.host for each in members.requests} == {"bpm.test"}
    assert members.ranges == ["0..99", "99..198", "198..297"]


async def test_an_error_in_the_middle_ends_the_list_with_that_error() -> None:
    api = connected(Members(250, bend=lambda number, page: page if number == 0 else {})).provisioning
    users = api.all(caller())

    taken = [await anext(users) for _ in range(100)]

    assert (await failure(anext(users))).upstream_status == 200
    assert len(taken) == 100
