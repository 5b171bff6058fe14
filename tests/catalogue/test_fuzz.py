"""Readers of what others send, against anything: a result that can be passed on, or an error of the right kind."""

import json
from base64 import b64encode
from typing import Any

import orjson
import pytest
from google.protobuf.message import DecodeError
from google.protobuf.struct_pb2 import Struct
from hypothesis import example, given, settings
from hypothesis import strategies as st

from facade.caller import HEADERS, Caller, Limits, request_id
from facade.domain.cursor import decode, encode
from facade.errors import Code, FacadeError, Reason
from facade.rpc.structs import json_object
from facade.upstreams.credentials import bpm, integration
from facade.upstreams.operation import MalformedError
from facade.upstreams.resource import Resource
from facade.upstreams.token import read_token
from facade.upstreams.users import MOST_USERS, read_part
from tests.upstreams.members import member

OFTEN = settings(deadline=None)  # no time limit for an example: the machine may be busy
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=30)
SCHEMES = st.sampled_from(["", "Basic ", "basic  ", "Bearer ", "access_token=", "a=b; access_token=", "Digest "])
# Values that come close to good ones, and others.
VALUES = st.tuples(SCHEMES, ANY_TEXT).map("".join) | st.binary(max_size=12).map(
    lambda raw: "Basic " + b64encode(raw).decode()
)
GIVEN = st.dictionaries(st.sampled_from(sorted(HEADERS)), st.lists(VALUES, max_size=2), max_size=4)
LIMITS = Limits(30.0, 120.0)


@pytest.mark.case("A08", "B07")
@OFTEN
@given(GIVEN)
@example({"authorization": ["Basic YTpi\r\nx: y"]})
@example({"cookie": ["access_token=a\r\nx: y"]})
@example({"x-request-id": ["a\r\nx: y"]})
@example({"authorization": ["Basic YTo="], "x-bpm-authorization": ["Bearer \u2028"]})
def test_any_headers_are_a_caller_whose_request_can_be_written_or_are_refused(headers: dict[str, list[str]]) -> None:
    name = request_id(headers)
    try:
        caller = Caller.of(headers, None, LIMITS, name)
    except FacadeError as error:
        assert error.code is Code.UNAUTHENTICATED  # noqa: PT017 - it need not be raised
        return
    resource = Resource("POST", "http://upstream.test/x")
    for credentials in (bpm, integration):
        try:
            given_headers = [("x-request-id", name), credentials(caller)]
        except FacadeError as error:
            assert error.code is Code.UNAUTHENTICATED  # noqa: PT017 - as above
            continue
        head, _, body = resource.written("", given_headers, b"{}").partition(b"\r\n\r\n")
        names = [line.partition(b":")[0] for line in head.split(b"\r\n")[1:]]
        assert names == [b"host", b"accept", b"accept-encoding", b"content-type", b"user-agent", b"x-request-id",
                         given_headers[1][0].encode(), b"content-length"]  # fmt: skip
        assert body == b"{}"


@OFTEN
@given(st.binary(max_size=20) | st.integers(0, 2**32 - 1).map(lambda place: encode(place).encode()), st.integers(0, 99))
@example(b"AQAAAAAH", 0)
def test_any_text_is_a_place_or_is_refused(raw: bytes, flip: int) -> None:
    damaged = bytes([*raw[:flip], raw[flip] ^ 1, *raw[flip + 1 :]]) if flip < len(raw) else raw
    text = damaged.decode("latin-1")
    try:
        place, backward = decode(text, "after")
    except FacadeError as error:
        assert error.reason is Reason.INVALID_REQUEST  # noqa: PT017 - it need not be raised
    else:
        assert encode(place, backward=backward) == text


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
USERS = st.lists(
    st.builds(lambda name, changes: member(name) | changes, st.text(min_size=1, max_size=3), st.dictionaries(
        st.sampled_from(sorted(member("a"))), JSON, max_size=1)) | JSON,
    max_size=4,
)  # fmt: skip
PARTS = st.fixed_dictionaries(
    {"beginIndex": st.integers(0, 3) | JSON, "totalUsers": st.integers(0, 2**31) | JSON, "users": USERS | JSON},
)


@pytest.mark.case("D02", "D04", "D08")
@OFTEN
@given(PARTS | JSON)
@example({"beginIndex": 0, "totalUsers": 2**31, "users": []})
@example({"beginIndex": 0, "totalUsers": 1, "users": [member("a"), None]})
@example({"beginIndex": 0, "totalUsers": 1, "users": [member("a") | {"tester": 1}]})
@example([["beginIndex"]])
def test_any_json_is_a_list_of_users_or_malformed(document: Any) -> None:
    try:
        part = read_part(None, json.dumps(document).encode())
    except MalformedError:
        return
    assert part.begin >= 0
    assert 0 <= part.total <= MOST_USERS
    assert len(part.users) == len(document["users"]), "none is left out"
    for user, given_user in zip(part.users, document["users"], strict=True):
        assert (user.mail, user.end_user) == (given_user["mail"], given_user["endUser"])
        assert {type(value) for value in vars(user).values()} == {str, bool}


TOKEN_FIELDS = st.sampled_from(["access_token", "email", "name", "refresh_token", "is_superadmin"])


@pytest.mark.case("E04")
@OFTEN
@given(JSON | st.fixed_dictionaries({"data": st.dictionaries(TOKEN_FIELDS, JSON | ANY_TEXT)}))
@example({"data": {"access_token": "a\r\nx: y"}})
@example({"data": {"access_token": "a", "is_superadmin": 0}})
@example({"data": {"access_token": "a", "name": []}})
def test_any_json_is_a_token_that_can_be_sent_or_malformed(document: Any) -> None:
    try:
        token = read_token(document, b"")
    except MalformedError:
        return
    sent = Resource("GET", "http://x.test").written("", [("cookie", f"access_token={token.access_token}")], None)
    assert sent.count(b"\r\n") == 8
    told = (token.email, token.name, token.refresh_token, token.is_superadmin)
    for name, value in zip(("email", "name", "refresh_token", "is_superadmin"), told, strict=True):
        assert type(value) is (bool if name == "is_superadmin" else str)
        assert document["data"].get(name) in {None, value}


STRUCTS = st.dictionaries(st.text(max_size=5), JSON, max_size=4)


@OFTEN
@given(st.binary(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=4), STRUCTS)
@example(b"\n\x08\n\x01a\x12\x03!\x00\x00", [], {})
@example(b"\n\x05\n\x01a\x12\x00", [], {})
@example(b"", [], {"n": 1e308, "big": 2**60, "none": None, "deep": [[[{"a": []}]]]})
def test_any_struct_is_json_or_an_invalid_argument(
    raw: bytes, flips: list[tuple[int, int]], document: dict[str, Any]
) -> None:
    struct = Struct()
    struct.update(document)
    damaged = bytearray(struct.SerializeToString() + raw)
    for place, byte in flips:
        if place < len(damaged):
            damaged[place] = byte
    try:
        read = Struct.FromString(bytes(damaged))
    except DecodeError:
        return  # told as INVALID_ARGUMENT where requests are parsed
    try:
        told = json_object(read, "metric")
    except FacadeError as error:
        assert error.code is Code.INVALID_ARGUMENT  # noqa: PT017 - it need not be raised
    else:
        assert orjson.loads(json.dumps(told, allow_nan=False)) == told
