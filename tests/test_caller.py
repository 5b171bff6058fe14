"""The caller's credentials: what the headers say, read strictly."""

from base64 import b64encode
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.caller import Basic, Caller, Credentials, Limits, Token, credentials
from facade.errors import Code, FacadeError, Reason

Given = Mapping[str, str | list[str]]
LIMITS = Limits(default_timeout=30.0, max_timeout=120.0)


def encoded(text: str | bytes) -> str:
    return b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def basic(text: str | bytes = "a@example.com:secret") -> str:
    return f"Basic {encoded(text)}"


def caller(headers: Given) -> Caller:
    values = {name: [value] if isinstance(value, str) else value for name, value in headers.items()}
    return Caller.of(values, None, LIMITS, "r-1")


GOOD: dict[str, tuple[Given, Credentials | None]] = {
    "nothing": ({}, None),
    "an empty list": ({"authorization": []}, None),
    "basic": ({"authorization": basic()}, Basic(basic())),
    "basic in small letters": ({"authorization": "basic " + encoded("a:b")}, Basic(basic("a:b"))),
    "basic in capitals and blanks": ({"authorization": "  BASIC   " + encoded("a:b") + " "}, Basic(basic("a:b"))),
    "basic with bits that mean nothing": ({"authorization": "Basic YTpiYx=="}, Basic(basic("a:bc"))),
    "basic with colons in the password": ({"authorization": basic("a:b:c:")}, Basic(basic("a:b:c:"))),
    "basic without a password": ({"authorization": basic("a:")}, Basic(basic("a:"))),
    "basic in UTF-8": ({"authorization": basic("jürgen:päss")}, Basic(basic("jürgen:päss"))),
    "basic in latin-1": ({"authorization": basic(b"j\xfcrgen:p\xe4ss")}, Basic(basic(b"j\xfcrgen:p\xe4ss"))),
    "basic of 10 KB": ({"authorization": basic("a:" + "x" * 10_240)}, Basic(basic("a:" + "x" * 10_240))),
    "bearer": ({"authorization": "Bearer abc.def-g_h~="}, Token("abc.def-g_h~=")),
    "bearer in other letters": ({"authorization": "bEARER  abc"}, Token("abc")),
    "a cookie": ({"cookie": "access_token=abc"}, Token("abc")),
    "a cookie among others": ({"cookie": "a=b; access_token=abc; refresh_token=d"}, Token("abc")),
    "a cookie without blanks": ({"cookie": "a=b;access_token=abc;c"}, Token("abc")),
    "a cookie with equals signs": ({"cookie": "access_token=abc=="}, Token("abc==")),
    "a cookie in two headers": ({"cookie": ["a=b", "access_token=abc"]}, Token("abc")),
    "the same cookie twice": ({"cookie": ["access_token=abc", "access_token=abc"]}, Token("abc")),
    "other cookies only": ({"cookie": "a=b; refresh_token=abc; xaccess_token=d; Access_Token=e"}, None),
    "an empty cookie header": ({"cookie": ""}, None),
    "authorization before a cookie": ({"authorization": basic(), "cookie": "access_token=abc"}, Basic(basic())),
}


@pytest.mark.parametrize(("headers", "expected"), GOOD.values(), ids=GOOD.keys())
def test_credentials_are_read(headers: Given, expected: Credentials | None) -> None:
    got = caller(headers)

    assert (got.iem, got.bpm) == (expected, expected)


CREDENTIALS, TOKEN = Reason.INVALID_CREDENTIALS, Reason.INVALID_TOKEN
BAD: dict[str, tuple[Given, Reason]] = {
    "nothing in it": ({"authorization": ""}, CREDENTIALS),
    "basic alone": ({"authorization": "Basic"}, CREDENTIALS),
    "no base64": ({"authorization": "Basic a:b"}, CREDENTIALS),
    "base64 of odd length": ({"authorization": "Basic YTpiY"}, CREDENTIALS),
    "base64 for URLs": ({"authorization": "Basic " + "YTo-Pj8_"}, CREDENTIALS),
    "base64 with a blank": ({"authorization": "Basic YTp iYg=="}, CREDENTIALS),
    "base64 with more behind": ({"authorization": "Basic YTpi, Basic YTpj"}, CREDENTIALS),
    "letters beyond ASCII": ({"authorization": "Basic YTpié"}, CREDENTIALS),
    "no colon": ({"authorization": basic("secret")}, CREDENTIALS),
    "no user": ({"authorization": basic(":secret")}, CREDENTIALS),
    "a colon alone": ({"authorization": basic(":")}, CREDENTIALS),
    "a line feed": ({"authorization": basic("a:b\n")}, CREDENTIALS),
    "NUL": ({"authorization": basic("a\x00:b")}, CREDENTIALS),
    "DEL": ({"authorization": basic("a:b\x7f")}, CREDENTIALS),
    "another scheme": ({"authorization": "Digest username=a"}, CREDENTIALS),
    "a bare token": ({"authorization": "abc"}, CREDENTIALS),
    "two of it": ({"authorization": [basic(), basic()]}, CREDENTIALS),
    "two of them": ({"authorization": [basic(), "Bearer abc"]}, CREDENTIALS),
    "bearer alone": ({"authorization": "Bearer"}, TOKEN),
    "bearer and two words": ({"authorization": "Bearer a b"}, TOKEN),
    "bearer with a semicolon": ({"authorization": "Bearer a;refresh_token=b"}, TOKEN),
    "bearer with a comma": ({"authorization": "Bearer a,b"}, TOKEN),
    "bearer with a quote": ({"authorization": 'Bearer "a"'}, TOKEN),
    "bearer with a backslash": ({"authorization": "Bearer a\\b"}, TOKEN),
    "bearer with a line feed": ({"authorization": "Bearer a\r\nx: b"}, TOKEN),
    "bearer beyond ASCII": ({"authorization": "Bearer é"}, TOKEN),
    "a cookie without a value": ({"cookie": "access_token="}, TOKEN),
    "a cookie without an equals sign": ({"cookie": "access_token"}, TOKEN),
    "a cookie in quotes": ({"cookie": 'access_token="abc"'}, TOKEN),
    "a cookie with a comma": ({"cookie": "access_token=a,b"}, TOKEN),
    "two different cookies": ({"cookie": "access_token=a; access_token=b"}, TOKEN),
    "two different cookies in two headers": ({"cookie": ["access_token=a", "access_token=b"]}, TOKEN),
}


@pytest.mark.parametrize(("headers", "reason"), BAD.values(), ids=BAD.keys())
def test_credentials_that_cannot_be_read_are_refused(headers: Given, reason: Reason) -> None:
    with pytest.raises(FacadeError) as caught:
        caller(headers)

    assert (caught.value.code, caught.value.reason) == (Code.UNAUTHENTICATED, reason)
    assert "secret" not in repr(caught.value) + str(caught.value)


OTHER = "Bearer other"


@pytest.mark.parametrize(
    ("headers", "iem", "bpm"),
    [
        ({"x-iem-authorization": OTHER}, Token("other"), None),
        ({"x-bpm-authorization": basic()}, None, Basic(basic())),
        ({"authorization": basic(), "x-iem-authorization": OTHER}, Token("other"), Basic(basic())),
        ({"authorization": OTHER, "x-bpm-authorization": basic()}, Token("other"), Basic(basic())),
        ({"cookie": "access_token=abc", "x-bpm-authorization": basic()}, Token("abc"), Basic(basic())),
        ({"cookie": "access_token=abc", "x-iem-authorization": OTHER}, Token("other"), Token("abc")),
        ({"x-iem-authorization": OTHER, "x-bpm-authorization": basic()}, Token("other"), Basic(basic())),
    ],
    ids=[
        "IEM alone",
        "BPM alone",
        "IEM over authorization",
        "BPM over authorization",
        "BPM over a cookie",
        "IEM over a cookie",
        "both",
    ],
)
def test_an_upstreams_own_header_comes_before_the_common_ones(
    headers: Given, iem: Credentials | None, bpm: Credentials | None
) -> None:
    got = caller(headers)

    assert (got.iem, got.bpm) == (iem, bpm)


@pytest.mark.parametrize("name", ["authorization", "x-iem-authorization", "x-bpm-authorization"])
def test_a_header_that_cannot_be_read_is_named_and_never_ignored(name: str) -> None:
    headers = {"authorization": [basic()], "cookie": ["access_token=abc"], name: ["Digest x"]}

    with pytest.raises(FacadeError, match=f"^UNAUTHENTICATED INVALID_CREDENTIALS: {name} must be Basic or Bearer"):
        Caller.of(headers, None, LIMITS, "r-1")


def credentials_or_refusal(headers: dict[str, list[str]]) -> Credentials | FacadeError | None:
    try:
        return credentials(headers)
    except FacadeError as error:
        return error


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_any_text_is_credentials_in_visible_ascii_or_is_refused(text: str) -> None:
    for headers in ({"authorization": [f"Basic {text}"]}, {"authorization": [f"Bearer {text}"]}, {"cookie": [text]}):
        match credentials_or_refusal(headers):
            case Basic(sent) | Token(sent):
                assert sent.isascii()
                assert sent.isprintable()
            case FacadeError(code=code):
                assert code is Code.UNAUTHENTICATED
