"""A Struct comes out as the JSON that it stands for."""

import json
import math
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import ListValue, NullValue, Struct, Value
from hypothesis import given
from hypothesis import strategies as some

from facade.errors import Code, FacadeError
from facade.rpc.structs import EXACT, json_object

TEXT = some.text(some.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = some.floats(allow_nan=False, allow_infinity=False) | some.integers(-(2**53), 2**53)
VALUES = some.recursive(
    some.none() | some.booleans() | NUMBERS | TEXT,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(some.dictionaries(TEXT, VALUES, max_size=5))
def test_an_object_comes_through(document: dict[str, Any]) -> None:
    assert json_object(ParseDict(document, Struct()), "x") == document


@pytest.mark.parametrize(
    ("number", "written"),
    [
        pytest.param(1.0, "1", id="an integer"),
        pytest.param(-3.0, "-3", id="a negative integer"),
        pytest.param(0.5, "0.5", id="a fraction"),
        pytest.param(EXACT, "9007199254740992", id="the largest integer that a double is sure of"),
        pytest.param(2.0**54, "1.8014398509481984e+16", id="a larger one"),
        pytest.param(1e300, "1e+300", id="a large number"),
        pytest.param(5e-324, "5e-324", id="the smallest number"),
    ],
)
def test_an_integral_number_is_written_without_a_fraction(number: float, written: str) -> None:
    struct = Struct(fields={"n": Value(number_value=number)})
    assert json.dumps(json_object(struct, "x")["n"]) == written


def test_true_is_not_one() -> None:
    found = json_object(Struct(fields={"a": Value(bool_value=True), "b": Value(number_value=1)}), "x")
    assert found["a"] is True
    assert found["b"] is not True


WRONG = [
    pytest.param(Value(number_value=math.nan), "number", id="NaN"),
    pytest.param(Value(number_value=math.inf), "number", id="infinity"),
    pytest.param(Value(number_value=-math.inf), "number", id="negative infinity"),
    pytest.param(Value(), "value without a kind", id="a value of no kind"),
]


@pytest.mark.parametrize(("value", "said"), WRONG)
@pytest.mark.parametrize("depth", [0, 3])
def test_what_json_cannot_say_is_refused_by_name_of_its_field(value: Value, said: str, depth: int) -> None:
    for _ in range(depth):
        value = Value(list_value=ListValue(values=[Value(struct_value=Struct(fields={"a": value}))]))
    with pytest.raises(FacadeError, match=said) as caught:
        json_object(Struct(fields={"a": value}), "event.attributes")
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert [violation.field for violation in caught.value.violations] == ["event.attributes"]


def test_null_and_nothing_are_kept_apart() -> None:
    null = Value(null_value=NullValue.NULL_VALUE)
    empty = Value(struct_value=Struct())
    assert json_object(Struct(fields={"a": null, "b": empty}), "x") == {"a": None, "b": {}}
    assert json_object(Struct(), "x") == {}
