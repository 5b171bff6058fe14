"""The caller's time, the name of the request, and that nothing secret is shown."""

import re
import time
from base64 import b64encode

import pytest

from facade.caller import Basic, Caller, Limits, Token, request_id
from facade.errors import Code, FacadeError

LIMITS = Limits(default_timeout=30.0, max_timeout=120.0)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(None, 30.0), (1.5, 1.5), (120.0, 120.0), (120.5, 120.0), (1e9, 120.0), (float("inf"), 120.0), (0.0, 0.0)],
    ids=["not said", "less", "the ceiling", "more", "much more", "for ever", "none"],
)
def test_a_request_has_the_time_that_was_asked_for_up_to_a_ceiling(asked: float | None, seconds: float) -> None:
    before = time.monotonic()
    got = Caller.of({}, asked, LIMITS, "r-1")
    after = time.monotonic()

    assert before + seconds <= got.deadline <= after + seconds
    assert seconds - 5 < got.remaining() <= seconds


def test_time_that_is_over_is_negative() -> None:
    assert Caller.of({}, -1.0, LIMITS, "r-1").remaining() <= -1


@pytest.mark.parametrize("given_id", ["r", "r-1", "!~", "x" * 128, "7d444840-9dc0-11d1-b245-5ffdce74fad2"])
def test_a_good_request_id_is_kept(given_id: str) -> None:
    assert request_id({"x-request-id": [given_id]}) == given_id


BAD_IDS = {
    "none": [],
    "empty": [""],
    "too long": ["x" * 129],
    "16 KB": ["x" * 16_384],
    "a blank": ["a b"],
    "a line feed at its end": ["a\n"],
    "a header": ["a\r\nx: b"],
    "NUL": ["a\x00"],
    "DEL": ["a\x7f"],
    "an umlaut": ["ä"],
    "two of them": ["a", "a"],
}


@pytest.mark.case("B07")
@pytest.mark.parametrize("values", BAD_IDS.values(), ids=BAD_IDS.keys())
def test_a_request_without_a_good_id_gets_a_new_one(values: list[str]) -> None:
    made = {request_id({"x-request-id": values}) for _ in range(20)}

    assert len(made) == 20
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in made)
    assert not made & set(values)


def test_a_request_without_the_header_gets_an_id() -> None:
    assert re.fullmatch("[0-9a-f]{32}", request_id({}))


def test_basic_credentials_are_written_in_utf_8() -> None:
    assert Basic.of("jürgen@example.com", "päss:word") == Basic("Basic asO8cmdlbkBleGFtcGxlLmNvbTpww6Rzczp3b3Jk")


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("", "p", "email"),
        ("e", "", "password"),
        ("a:b", "p", "email"),
        ("e\n", "p", "email"),
        ("e", "p\x7f", "password"),
    ],
    ids=["no address", "no password", "a colon", "a control character", "one in the password"],
)
def test_what_basic_cannot_carry_is_an_invalid_argument(email: str, password: str, field: str) -> None:
    with pytest.raises(FacadeError) as caught:
        Basic.of(email, password)

    assert caught.value.code is Code.INVALID_ARGUMENT
    assert [each.field for each in caught.value.violations] == [field]


def test_nothing_secret_is_shown() -> None:
    canary = "canary"
    encoded = b64encode(f"a@example.com:{canary}".encode()).decode()
    header = f"Basic {encoded}"
    shown = [
        Basic(header),
        Token(canary),
        Caller.of({"authorization": [header]}, None, LIMITS, "r-1"),
        Caller.of({"cookie": [f"access_token={canary}"], "x-bpm-authorization": [header]}, None, LIMITS, "r-1"),
    ]

    for each in shown:
        assert canary not in repr(each) + str(each) + f"{each}"
        assert encoded not in repr(each) + str(each)
