"""Lines of JSON: which become which items, and which are refused."""

import json
import os
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st

from facade.client.json_values import members
from facade.client.lines import LONGEST, lines
from facade.client.read_records import RecordReader, RefusedError
from facade.client.stop import Stop

EVENT = RecordReader("event", None)


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (b"{}", {}),
        (b'{"entity": "", "severity": null}', {"entity": ""}),
        (b'{"entity_id": "e", "splitBy": "s"}', {"entityId": "e", "splitBy": "s"}),
        (b'{"entityid": "e"}', {"attributes": {"entityid": "e"}}),
        (
            b'{"attributes": {"a": [1, {"b": null}]}, "c": true}',
            {"attributes": {"a": [1.0, {"b": None}], "c": True}},
        ),
        (b'{"n": [9007199254740992, -0.0, 1.50, 1e22, 0.1]}', {"attributes": {"n": [2.0**53, -0.0, 1.5, 1e22, 0.1]}}),
        ('{"description": "größer", "kind": "event"}'.encode(), {"description": "größer"}),
    ],
)
def test_an_event_is_its_fields_and_attributes(line: bytes, event: dict[str, object]) -> None:
    item = EVENT.read(7, line)
    assert item.item_id == "7"
    assert MessageToDict(item.event) == event


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"[1]", "is not a JSON object"),
        (b"{", "is not JSON: Expecting property name enclosed in double quotes"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": "\xe4"}', "is not UTF-8"),
        (b'{"a": "\\ud800"}', "is not UTF-8"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "is nested too deeply"),
        (b'{"attributes": 1}', "attributes: must be an object"),
        (b'{"attributes": {"a": 1}, "a": 2}', "a: is there twice"),
        (b'{"entityId": "a", "entity_id": "b"}', "entity_id: is there twice"),
        (b'{"entity": 1}', "entity: must be a string"),
        (b'{"kind": 1}', "has the kind 1; known are event, metric, entity_topology, service_topology, healthcheck"),
        (b'{"a": -9007199254740993}', "has the number -9007199254740993, of which an event would lose digits"),
        (b'{"a": 0.1234567890123456789}', "has the number 0.1234567890123456789, of which an event would lose digits"),
        (b'{"a": 1e999}', "has the number 1e999, of which an event would lose digits"),
        (b'{"a": ' + b"1" * 5000 + b"}", f"has the number {'1' * 30}…, of which an event would lose digits"),
        (b'{"a": [' + b"1," * 600_000 + b"1]}", "is larger than 4 MiB"),
        (b'{"a": "' + b"x" * LONGEST + b'"}', "is longer than 4 MiB"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_line_that_cannot_be_sent_is_refused(line: bytes, said: str) -> None:
    with pytest.raises(RefusedError) as raised:
        EVENT.read(3, line)
    assert (raised.value.item_id, raised.value.message) == ("3", f"line 3 {said}")


@pytest.mark.parametrize("value", ["true", "null", '""', f'"{"x" * 257}"', '"a\\nb"', "1.5", "[]"])
def test_what_cannot_be_an_id_is_refused(value: str) -> None:
    with pytest.raises(RefusedError, match="line 3") as raised:
        RecordReader("metric", "id").read(3, f'{{"id": {value}}}'.encode())
    assert raised.value.item_id == "line 3"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5), st.sampled_from([None, 1]), st.booleans())
def test_members_are_the_object_as_it_is_written(
    value: dict[str, object], indent: int | None, only_ascii: bool
) -> None:

    text = json.dumps(value, indent=indent, ensure_ascii=only_ascii)
    found = list(members(text))
    assert [name for name, _ in found] == list(value)
    assert json.loads("{" + ",".join(member for _, member in found) + "}") == value
    assert all(member in text for _, member in found)


async def test_a_line_that_is_too_long_is_cut_and_the_next_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b"a\n\n \n" + b"x" * (3 * LONGEST) + b"\nb\r\nlast")
    number = os.open(file, os.O_RDONLY)
    try:
        found = [(place, line) async for place, line in lines(number, Stop())]
    finally:
        os.close(number)
    assert [(place, line[:5], len(line)) for place, line in found] == [
        (1, b"a", 1),
        (4, b"xxxxx", LONGEST + 1),
        (5, b"b\r", 2),
        (6, b"last", 4),
    ]
