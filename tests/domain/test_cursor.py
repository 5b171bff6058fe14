"""Cursors: what was given out comes back, and nothing else is one."""

import string
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.domain.cursor import LAST, checksum, decode, encode
from facade.errors import Code, FacadeError, Reason

POSITIONS = st.integers(0, LAST)
ALPHABET = string.ascii_letters + string.digits + "-_"
FOREIGN = [*ALPHABET, "=", "+", "/", " ", "\n", "\x00", "é", "\uff21", "\ud800"]


def refused(cursor: str, field: str = "page_token") -> bool:
    """Whether it is refused, as an error about the field."""
    try:
        decode(cursor, field)
    except FacadeError as error:
        about = [(each.field, each.description) for each in error.violations]
        right = about == [(field, "is not a cursor of this list, or was damaged")]
        return right and (error.code, error.reason) == (Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST)
    return False


@given(POSITIONS, st.booleans())
def test_a_position_comes_back(position: int, backward: bool) -> None:
    given_out = position or int(backward)  # before the first user there is no page
    assert decode(encode(given_out, backward=backward), "after") == (given_out, backward)


@given(POSITIONS)
def test_a_cursor_is_forward_unless_it_is_said_and_the_two_differ(position: int) -> None:
    assert encode(position) == encode(position, backward=False) != encode(position, backward=True)


@given(POSITIONS, POSITIONS)
def test_different_positions_have_different_cursors(one: int, other: int) -> None:
    assert (encode(one) == encode(other)) == (one == other)


@given(POSITIONS, st.booleans())
def test_a_cursor_is_short_and_fit_for_a_url(position: int, backward: bool) -> None:
    cursor = encode(position, backward=backward)

    assert len(cursor) == 14
    assert set(cursor) <= set(ALPHABET)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("position", [0, 99, LAST])
def test_every_change_of_one_character_is_refused(position: int, backward: bool) -> None:
    cursor = encode(position, backward=backward)
    changes = [
        cursor[:index] + other + cursor[index + 1 :]
        for index in range(len(cursor))
        for other in FOREIGN
        if other != cursor[index]
    ]

    assert [each for each in changes if not refused(each)] == []


@pytest.mark.parametrize("position", [0, 99, LAST])
def test_every_piece_of_a_cursor_and_every_extension_is_refused(position: int) -> None:
    cursor = encode(position)
    pieces = {cursor[start:end] for start in range(15) for end in range(15)} - {cursor}
    extensions = [cursor[:index] + other + cursor[index:] for index in range(15) for other in FOREIGN]

    assert [each for each in (*pieces, *extensions) if not refused(each)] == []


def signed(body: bytes) -> str:
    return urlsafe_b64encode(body + checksum(body)).decode().rstrip("=")


@pytest.mark.parametrize(
    "body", [b"\x00\x00\0\0\0\7", b"\x02\x00\0\0\0\7", b"\x01\x02\0\0\0\7", b"\x01\xff\0\0\0\7"], ids=repr
)
def test_another_version_or_direction_is_refused_even_with_its_checksum(body: bytes) -> None:
    assert refused(signed(body))


@pytest.mark.parametrize("body", [b"\x01\x01\0\0\0\0", b"\x01\0\x80\0\0\0", b"\x01\x01\xff\xff\xff\xff"], ids=repr)
def test_a_position_that_is_never_given_out_is_refused_even_with_its_checksum(body: bytes) -> None:
    assert refused(signed(body))


@pytest.mark.parametrize("body", [b"", b"\x01\0", b"\x01\0\0\0\0", b"\x01\0\0\0\0\0\0"], ids=len)
def test_another_length_is_refused_even_with_its_checksum(body: bytes) -> None:
    assert refused(signed(body))


def test_a_signed_body_of_ours_is_a_cursor() -> None:
    assert signed(b"\x01\x00\0\0\0\7") == encode(7)


OTHER_SPELLINGS: dict[str, Callable[[str], str]] = {
    "padded": lambda cursor: cursor + "==",
    "padded once": lambda cursor: cursor + "=",
    "padded more": lambda cursor: cursor + "====",
    "with blanks": lambda cursor: cursor[:4] + " " + cursor[4:],
    "in two lines": lambda cursor: cursor[:4] + "\n" + cursor[4:],
    "in the alphabet of plain base64": lambda cursor: b64encode(urlsafe_b64decode(cursor + "==")).decode().rstrip("="),
    "with surplus bits": lambda cursor: cursor[:-1] + ALPHABET[ALPHABET.index(cursor[-1]) + 1],
    "in other case": str.swapcase,
}
# Its plain base64 differs from its urlsafe one.
WITH_DASH = next(position for position in range(10_000) if set(encode(position)) & {"-", "_"})


@pytest.mark.parametrize("spell", OTHER_SPELLINGS.values(), ids=OTHER_SPELLINGS.keys())
def test_another_spelling_of_the_same_bytes_is_refused(spell: Callable[[str], str]) -> None:
    other = spell(encode(WITH_DASH))

    assert other != encode(WITH_DASH)
    assert refused(other)


@given(st.text(st.characters(exclude_categories=[]), max_size=30), st.sampled_from(["page_token", "after", "before"]))
def test_foreign_text_is_refused_as_an_error_about_its_field(text: str, field: str) -> None:
    assert refused(text, field)


def test_a_long_text_is_refused() -> None:
    assert refused("A" * 1_000_000)
