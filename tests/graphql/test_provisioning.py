"""Which part of the list Relay's arguments mean."""

import re

import pytest

from facade.domain import cursor
from facade.domain.provisioning import Window
from facade.errors import Code, FacadeError
from facade.graphql.provisioning import window

FIFTH = cursor.encode(5)


@pytest.mark.parametrize(
    ("first", "after", "last", "before", "expected"),
    [
        pytest.param(None, None, None, None, Window(100), id="nothing"),
        pytest.param(7, None, None, None, Window(7), id="first"),
        pytest.param(7, FIFTH, None, None, Window(7, after=5), id="first after"),
        pytest.param(None, FIFTH, None, None, Window(100, after=5), id="after alone"),
        pytest.param(None, None, 7, None, Window(7, backward=True), id="last"),
        pytest.param(None, None, 7, FIFTH, Window(7, before=5, backward=True), id="last before"),
        pytest.param(7, None, None, FIFTH, Window(7, before=5), id="first before"),
        pytest.param(2**31 - 1, None, None, None, Window(1000), id="more than a page"),
        pytest.param(
            None, None, 7, cursor.encode(5, backward=True), Window(7, before=5, backward=True), id="gRPC's page token"
        ),
    ],
)
def test_arguments_mean(
    first: int | None, after: str | None, last: int | None, before: str | None, expected: Window
) -> None:
    assert window(first, after, last, before) == expected


@pytest.mark.parametrize(
    ("first", "after", "last", "before", "said"),
    [
        pytest.param(1, None, 1, None, "last: cannot be combined with first", id="first and last"),
        pytest.param(0, None, None, None, "first: must be at least 1", id="none"),
        pytest.param(None, None, -1, None, "last: must be at least 1", id="less than none"),
        pytest.param(1, "x", None, None, "after: is not a cursor", id="an after of somebody else"),
        pytest.param(None, None, 1, "x", "before: is not a cursor", id="a before of somebody else"),
        pytest.param(
            1, cursor.encode(5, backward=True), None, None, "after: is the token of a previous page", id="a way back"
        ),
    ],
)
def test_arguments_that_mean_nothing_are_refused(
    first: int | None, after: str | None, last: int | None, before: str | None, said: str
) -> None:
    with pytest.raises(FacadeError, match=re.escape(said)) as caught:
        window(first, after, last, before)
    assert caught.value.code is Code.INVALID_ARGUMENT
