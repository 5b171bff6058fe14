"""The search for planted secrets can fail: it finds them wherever they stand."""

from base64 import b64encode

import pytest

from tests.catalogue.planted import PASSWORD, PLANTED, TOKEN, shown


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "api@example.com:"])
@pytest.mark.parametrize("after", ["", "z", "zz", "zzz"])
def test_a_secret_is_found_as_it_is_and_in_base64(before: str, after: str) -> None:
    text = before + PASSWORD + after
    assert shown(text) == [PASSWORD]
    assert shown(b64encode(text.encode()).decode()) == [PASSWORD]


def test_what_shows_none_is_let_pass() -> None:
    assert shown("planted-password, planted-token") == []
    assert shown(b64encode(b"planted-").decode()) == []


def test_all_are_told() -> None:
    assert shown(repr(PLANTED)) == list(PLANTED)
    assert shown(f"{TOKEN} another-one", ["another-one", TOKEN, "not-there"]) == ["another-one", TOKEN]
