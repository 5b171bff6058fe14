"""Reading users: all fields, each of its type, or nothing."""

import json
from typing import Any

import pytest

from facade.domain.provisioning import User
from facade.errors import FacadeError, Reason
from facade.upstreams.operation import MalformedError
from facade.upstreams.users import Part, read_nothing, read_part, read_user
from tests.upstreams.members import member, user

FIELDS = ["mail", "cn", "sn", "accountAdmin", "developer", "endUser", "operator", "tester"]
FLAGS = FIELDS[3:]


def written(document: Any) -> bytes:
    """The document as an upstream sends it."""
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xef\xbb\xbf{}",
        written(member("a")) + b" x",
        written(member("a")).replace(b"a@", b"\xff@"),
        written(member("a")).replace(b"a@", b"\xed\xa0\x80@"),
        written(member("a")).replace(b"a@", b"\\ud800@"),
        written(member("a")).replace(b"true", b"NaN"),
        written(member("a"))[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda body: repr(body)[:20],
)
def test_what_is_no_json_is_no_user_and_no_list(body: bytes) -> None:
    with pytest.raises(MalformedError):
        read_user(None, body)
    with pytest.raises(MalformedError):
        read_part(None, b'{"beginIndex": 0, "totalUsers": 1, "users": [' + (body or b",") + b"]}")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("accountAdmin", "account_admin"),
        ("developer", "developer"),
        ("endUser", "end_user"),
        ("operator", "operator"),
        ("tester", "tester"),
    ],
)
def test_each_flag_is_read_into_its_field(theirs: str, ours: str) -> None:
    got = read_user(None, written(member("a") | dict.fromkeys(FLAGS, False) | {theirs: True}))

    assert {name for name, value in vars(got).items() if value is True} == {ours}


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_is_missing_makes_no_user(name: str) -> None:
    document = member("a")
    del document[name]

    with pytest.raises(MalformedError):
        read_user(None, written(document))


@pytest.mark.case("D02")
@pytest.mark.parametrize("value", [None, 1, 0, 1.5, [], {}, ["a"]], ids=repr)
@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_the_wrong_type_makes_no_user(name: str, value: Any) -> None:
    with pytest.raises(MalformedError):
        read_user(None, written(member("a") | {name: value}))


@pytest.mark.parametrize(
    ("name", "value"), [("mail", ""), ("mail", True), ("tester", "true"), ("tester", "")], ids=repr
)
def test_text_is_no_flag_and_a_flag_no_text_and_an_address_not_empty(name: str, value: Any) -> None:
    with pytest.raises(MalformedError):
        read_user(None, written(member("a") | {name: value}))


def test_names_may_be_empty() -> None:
    assert read_user(None, written(member("a") | {"cn": "", "sn": ""})) == User(
        "a@example.com", "", "", False, True, True, False, False
    )


@pytest.mark.parametrize("document", [None, [], "x", 1, True, {}, [member("a")]], ids=lambda value: repr(value)[:12])
def test_what_is_no_object_is_no_user_and_no_list(document: Any) -> None:
    with pytest.raises(MalformedError):
        read_user(None, written(document))
    with pytest.raises(MalformedError):
        read_part(None, written(document))


PART = {"beginIndex": 0, "endIndex": 0, "totalUsers": 1, "users": [member("a")]}


def test_a_part_is_read() -> None:
    assert read_part(None, written(PART)) == Part(0, [user("a")], 1)


@pytest.mark.parametrize("value", [None, "0", 0.0, True, -1, [], 2.0**70], ids=repr)
@pytest.mark.parametrize("name", ["beginIndex", "totalUsers"])
def test_a_number_must_be_a_whole_one_and_not_negative(name: str, value: Any) -> None:
    with pytest.raises(MalformedError):
        read_part(None, written(PART | {name: value}))


def test_a_total_must_be_one_that_both_faces_can_say() -> None:
    assert read_part(None, written(PART | {"totalUsers": 2**31 - 1})).total == 2**31 - 1
    with pytest.raises(MalformedError):
        read_part(None, written(PART | {"totalUsers": 2**31}))


@pytest.mark.case("D08")
@pytest.mark.parametrize(
    "value", [None, {}, "x", [None], [member("a"), {}], {"0": member("a")}], ids=lambda v: repr(v)[-9:]
)
def test_users_must_be_a_list_of_users_and_none_is_left_out(value: Any) -> None:
    with pytest.raises(MalformedError):
        read_part(None, written(PART | {"users": value}))


@pytest.mark.parametrize("name", ["beginIndex", "totalUsers", "users"])
def test_a_part_without_one_of_its_fields_is_none(name: str) -> None:
    with pytest.raises(MalformedError):
        read_part(None, written({key: value for key, value in PART.items() if key != name}))


@pytest.mark.parametrize(
    ("begin", "count", "total", "fits"),
    [
        (10, 5, 100, True),
        (10, 4, 14, True),
        (10, 0, 10, True),
        (0, 0, 3, True),
        (10, 4, 100, False),
        (10, 6, 100, False),
        (10, 5, 14, False),
        (10, 0, 11, False),
        (9, 5, 100, False),
        (11, 5, 100, False),
    ],
    ids=[
        "all of them",
        "the last ones",
        "none left",
        "none left, beginning anywhere",
        "one too few",
        "one too many",
        "more than there are",
        "none, though there is one",
        "beginning too early",
        "beginning too late",
    ],
)
def test_a_part_must_be_just_what_was_asked_for(begin: int, count: int, total: int, fits: bool) -> None:
    part = Part(begin, [user("a")] * count, total)
    if fits:
        part.check(10, 14)
        return
    with pytest.raises(FacadeError) as caught:
        part.check(10, 14)
    assert caught.value.reason is Reason.UPSTREAM_MALFORMED_RESPONSE


@pytest.mark.parametrize("document", [None, [], {"error": "x"}, "done"], ids=repr)
def test_where_no_body_is_promised_any_will_do(document: Any) -> None:
    read_nothing(document, b"anything")
