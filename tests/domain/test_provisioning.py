"""The size of a page, and where a page lies in its list."""

import pytest

from facade.domain.provisioning import NewUser, User, UserPage, Window, page_size
from facade.errors import Code, FacadeError, Reason


@pytest.mark.parametrize(
    ("asked", "size"),
    [(1, 1), (2, 2), (100, 100), (999, 999), (1000, 1000), (1001, 1000), (2**31 - 1, 1000), (2**63, 1000)],
)
def test_a_page_is_as_large_as_asked_for_up_to_a_thousand(asked: int, size: int) -> None:
    assert page_size(asked, "page_size") == size


@pytest.mark.parametrize("asked", [0, -1, -(2**31)])
@pytest.mark.parametrize("field", ["page_size", "first", "last"])
def test_a_page_of_less_than_one_user_is_an_invalid_argument(asked: int, field: str) -> None:
    with pytest.raises(FacadeError) as caught:
        page_size(asked, field)

    assert (caught.value.code, caught.value.reason) == (Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST)
    assert [(each.field, each.description) for each in caught.value.violations] == [(field, "must be at least 1")]


ADA = User("ada@example.com", "Ada", "Example", False, True, True, False, False)


@pytest.mark.parametrize(
    ("page", "end", "has_previous", "has_next"),
    [
        (UserPage([ADA] * 3, 0, 3), 2, False, False),
        (UserPage([ADA] * 3, 0, 4), 2, False, True),
        (UserPage([ADA] * 3, 1, 4), 3, True, False),
        (UserPage([ADA], 1, 3), 1, True, True),
        (UserPage([], 0, 0), -1, False, False),
        (UserPage([], 0, 3), -1, False, True),
        (UserPage([], 3, 3), 2, True, False),
    ],
    ids=[
        "all",
        "the start",
        "the end",
        "the middle",
        "of nobody",
        "nothing before the first",
        "nothing after the last",
    ],
)
def test_a_page_knows_its_neighbours(page: UserPage, end: int, has_previous: bool, has_next: bool) -> None:
    assert (page.end, page.has_previous, page.has_next) == (end, has_previous, has_next)


def test_a_window_is_the_first_hundred_users_unless_it_says_otherwise() -> None:
    assert Window() == Window(size=100, after=-1, before=None, backward=False)


def test_a_new_user_leaves_the_flags_to_the_upstream_unless_it_says_otherwise() -> None:
    new = NewUser("ada@example.com", "Ada", "Example")

    assert (new.account_admin, new.developer, new.end_user, new.operator, new.tester) == (None,) * 5
