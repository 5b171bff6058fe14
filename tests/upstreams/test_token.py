"""Tokens: only one that can be sent as a cookie is one."""

from typing import Any

import pytest

from facade.domain.publish import Event
from facade.domain.token import Token
from facade.errors import Code, Reason
from tests.upstreams.doubles import BASIC, Recorder, answer, caller, connected, failure

DATA = {"email": "a@example.com", "name": "A", "is_superadmin": True, "access_token": "t", "refresh_token": "r"}
MISSING = object()

BAD_TOKENS: dict[str, Any] = {
    "missing": MISSING,
    "null": None,
    "empty": "",
    "a number": 7,
    "a list": ["t"],
    "too long by one": "t" * 4097,
    "8 KB": "t" * 8192,
    "a line break": "t\r\nset-cookie: a=b",
    "a line feed at its end": "t\n",
    "a semicolon": "t; refresh_token=x",
    "a comma": "t,u",
    "a blank": "t u",
    "a quote": '"t"',
    "a backslash": "t\\u",
    "NUL": "t\x00",
    "DEL": "t\x7f",
    "an umlaut": "tü",
}


def issued(**changes: Any) -> Recorder:
    data = {name: value for name, value in (DATA | changes).items() if value is not MISSING}
    return Recorder(answer(200, {"status_code": 200, "data": data}))


async def test_a_token_is_asked_for_with_the_credentials_of_the_request_and_no_body() -> None:
    recorder = issued()

    token = await connected(recorder).token.generate("jürgen@example.com", "päss:word", caller())

    assert token == Token("a@example.com", "A", True, "t", "r")
    assert recorder.targets == ["POST /api/v1/user/token"]
    assert recorder.only.content == b""
    assert recorder.only.headers["authorization"] == "Basic asO8cmdlbkBleGFtcGxlLmNvbTpww6Rzczp3b3Jk"
    assert "cookie" not in recorder.only.headers


@pytest.mark.case("E04")
@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
async def test_a_token_that_cannot_be_sent_is_malformed_and_goes_nowhere(token: Any) -> None:
    recorder = issued(access_token=token)
    upstreams = connected(recorder)

    for work in (
        upstreams.token.generate("a@example.com", "secret", caller()),
        upstreams.publish.publish_event(Event(), caller(iem=BASIC)),
    ):
        error = await failure(work)
        assert (error.code, error.reason) == (Code.INTERNAL, Reason.UPSTREAM_MALFORMED_RESPONSE)
        assert error.upstream == "token"

    assert {each.url.host for each in recorder.requests} == {"token.test"}
    assert len(recorder.requests) == 2


@pytest.mark.parametrize("token", ["t", "t" * 4096, "a.b-c_d~e!#$&'*+/:<=>?@[]^`{|}"], ids=["short", "long", "odd"])
async def test_a_token_that_can_be_sent_is_taken_as_it_is(token: str) -> None:
    got = await connected(issued(access_token=token)).token.generate("a@example.com", "secret", caller())

    assert got.access_token == token


@pytest.mark.parametrize("value", [MISSING, None], ids=["missing", "null"])
@pytest.mark.parametrize("name", ["email", "name", "refresh_token", "is_superadmin"])
async def test_what_is_not_needed_may_be_missing(name: str, value: Any) -> None:
    got = await connected(issued(**{name: value})).token.generate("a@example.com", "secret", caller())

    assert getattr(got, name) == (False if name == "is_superadmin" else "")


@pytest.mark.parametrize(
    "changes",
    [
        {"email": 1},
        {"email": 0},
        {"email": False},
        {"name": ["A"]},
        {"name": []},
        {"refresh_token": {"a": 1}},
        {"refresh_token": {}},
        {"is_superadmin": "false"},
        {"is_superadmin": ""},
        {"is_superadmin": 1},
        {"is_superadmin": 0},
    ],
    ids=repr,
)
async def test_a_field_of_the_wrong_type_is_malformed(changes: dict[str, Any]) -> None:
    error = await failure(connected(issued(**changes)).token.generate("a@example.com", "secret", caller()))

    assert error.reason is Reason.UPSTREAM_MALFORMED_RESPONSE


@pytest.mark.parametrize(
    "document",
    [{}, {"data": None}, {"data": [DATA]}, {"data": "t"}, DATA],
    ids=["none", "null", "list", "text", "bare"],
)
async def test_an_answer_without_its_data_is_malformed(document: Any) -> None:
    recorder = Recorder(answer(200, document))

    error = await failure(connected(recorder).token.generate("a@example.com", "secret", caller()))

    assert error.reason is Reason.UPSTREAM_MALFORMED_RESPONSE


@pytest.mark.case("A08")
@pytest.mark.parametrize(
    ("email", "password", "field"),
    [("", "x", "email"), ("a@example.com", "", "password"), ("a:b", "x", "email"), ("a", "x\n", "password")],
    ids=["no address", "no password", "a colon", "a line feed"],
)
async def test_credentials_that_basic_cannot_carry_are_an_invalid_argument(
    email: str, password: str, field: str
) -> None:
    recorder = issued()

    error = await failure(connected(recorder).token.generate(email, password, caller()))

    assert error.code is Code.INVALID_ARGUMENT
    assert [each.field for each in error.violations] == [field]
    assert recorder.requests == []


async def test_a_probe_sends_no_credentials() -> None:
    recorder = Recorder(answer(401, {"detail": "Invalid username/password."}))

    error = await failure(connected(recorder).token.probe(caller()))

    assert error.reason is Reason.INVALID_CREDENTIALS
    assert not {"authorization", "cookie"} & set(recorder.only.headers)


async def test_tokens_are_not_shown() -> None:
    token = await connected(issued(access_token="canary-a", refresh_token="canary-r")).token.log_in(BASIC, caller())

    assert "canary" not in repr(token) + str(token)
