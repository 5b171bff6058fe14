"""The bodies of open records: the fields as they are, or the text byte for byte."""

from typing import Any

import pytest

from facade.domain.publish import Kind, Record
from facade.errors import Code, FacadeError, Reason
from facade.upstreams.connect import Upstreams
from tests.upstreams.doubles import Recorder, caller, connected, failure, said

NAN, INFINITY = float("nan"), float("inf")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(said(200, "Data published successfully"))


@pytest.fixture
def upstreams(recorder: Recorder) -> Upstreams:
    return connected(recorder)


def wrong(error: FacadeError, field: str, why: str) -> None:
    assert (error.code, error.reason) == (Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST)
    assert [(each.field, each.description) for each in error.violations] == [(field, why)]


PATHS = {
    Kind.METRIC: "/publish/metrics",
    Kind.ENTITY_TOPOLOGY: "/publish/entity",
    Kind.SERVICE_TOPOLOGY: "/publish/service",
    Kind.HEALTHCHECK: "/publish/healthcheck",
}


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
async def test_each_kind_of_record_has_its_path(upstreams: Upstreams, recorder: Recorder, kind: Kind) -> None:
    await upstreams.publish.publish_record(kind, Record(fields={"a": 1}), "record", caller())

    assert recorder.targets == [f"POST {PATHS[kind]}"]
    assert recorder.only.content == b'{"a":1}'


async def test_numbers_are_sent_exactly(upstreams: Upstreams, recorder: Recorder) -> None:
    numbers = {"big": 2**70, "negative": -(2**63) - 1, "one": 1, "half": 0.5, "zero": -0.0}

    await upstreams.publish.publish_record(Kind.METRIC, Record(fields=numbers), "metric", caller())

    expected = b'{"big":%d,"negative":%d,"one":1,"half":0.5,"zero":-0.0}' % (2**70, -(2**63) - 1)
    assert recorder.only.content == expected


EXACT = [
    b'{"n":12345678901234567890123456789,"f":1.0,"e":1E2}',
    b' {\n "b" : 1,\t"a" : 2 , "b" : 3 }\r\n',
    '{"é":"\\u00e9é"}'.encode(),
    b"{}",
]


@pytest.mark.parametrize("text", EXACT, ids=["numbers", "blanks and doubles", "escapes", "nothing"])
async def test_json_text_is_sent_byte_for_byte(upstreams: Upstreams, recorder: Recorder, text: bytes) -> None:
    await upstreams.publish.publish_record(Kind.METRIC, Record(json=text), "metric", caller())

    assert recorder.only.content == text


NO_OBJECT = {
    "nothing": b"",
    "a list": b"[]",
    "null": b"null",
    "two objects": b"{}{}",
    "cut short": b'{"a":1',
    "not a number": b'{"a":NaN}',
    "bad UTF-8": b'{"a":"\xff"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "100,000 lists": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("text", NO_OBJECT.values(), ids=NO_OBJECT.keys())
async def test_json_text_must_be_one_object(upstreams: Upstreams, recorder: Recorder, text: bytes) -> None:
    error = await failure(upstreams.publish.publish_record(Kind.METRIC, Record(json=text), "metric", caller()))

    wrong(error, "metric.json", "must be one JSON object in UTF-8")
    assert recorder.requests == []


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


WRONG_FIELDS: dict[str, tuple[Any, str]] = {
    "nothing": (None, "must be a JSON object"),
    "a list": ([{}], "must be a JSON object"),
    "not a number": ({"a": NAN}, "holds a value that cannot be sent as JSON"),
    "infinity": ({"a": INFINITY}, "holds a value that cannot be sent as JSON"),
    "10,000 digits": ({"a": 10**10_000}, "holds a value that cannot be sent as JSON"),
    "100,000 lists": ({"a": nested(100_000)}, "holds a value that cannot be sent as JSON"),
}


@pytest.mark.parametrize(("fields", "why"), WRONG_FIELDS.values(), ids=WRONG_FIELDS.keys())
async def test_fields_that_cannot_be_sent_are_an_invalid_argument(
    upstreams: Upstreams, recorder: Recorder, fields: Any, why: str
) -> None:
    error = await failure(upstreams.publish.publish_record(Kind.METRIC, Record(fields=fields), "topology", caller()))

    wrong(error, "topology", why)
    assert recorder.requests == []
