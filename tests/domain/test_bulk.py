"""The limits of a batch, each told by the field that breaks it."""

import pytest

from facade.domain.bulk import LONGEST_ID, MAX_ITEMS, check_batch, check_ids, check_unique
from facade.errors import Code, FacadeError, Reason


def violations(error: FacadeError) -> dict[str, str]:
    assert (error.code, error.reason) == (Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST)
    return {each.field: each.description for each in error.violations}


@pytest.mark.parametrize("count", [1, MAX_ITEMS])
def test_a_batch_within_the_limits(count: int) -> None:
    check_batch("items", count)


@pytest.mark.parametrize(
    ("count", "problem"),
    [
        (0, "must not be empty"),
        (1001, "has 1001 items; a batch takes at most 1000: send several, or a stream"),
    ],
)
def test_a_batch_outside_the_limits(count: int, problem: str) -> None:
    with pytest.raises(FacadeError) as caught:
        check_batch("items", count)
    assert violations(caught.value) == {"items": problem}


def test_ids_that_are_fine() -> None:
    check_ids("items", ["a", "A", " ", "x" * LONGEST_ID])


@pytest.mark.parametrize(
    ("ids", "field", "problem"),
    [
        (["a", ""], "items[1].item_id", "must not be empty"),
        (["x" * 257], "items[0].item_id", "must not be longer than 256 characters"),
        (["a", "b", "a"], "items[2].item_id", "is the same as that of items[0]"),
    ],
    ids=["empty", "too long", "twice"],
)
def test_an_id_that_is_wrong(ids: list[str], field: str, problem: str) -> None:
    with pytest.raises(FacadeError) as caught:
        check_ids("items", ids)
    assert violations(caught.value) == {field: problem}


def test_many_wrong_fields_are_told_in_a_small_error() -> None:
    with pytest.raises(FacadeError) as caught:
        check_unique("mails", "", ["a"] * 1000)
    assert len(violations(caught.value)) == 10
    assert str(caught.value).endswith("mails[1]: is the same as that of mails[0] (and 998 more)")
