"""google.protobuf.Struct as the JSON it stands for."""

import math
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value

from facade.errors import invalid

EXACT = 2.0**53  # up to here a double holds every integer


def json_object(struct: Struct, field: str) -> dict[str, Any]:
    """The object that `struct` stands for; `field` names it in errors. Integral numbers come as integers."""
    return {key: json_value(value, field) for key, value in struct.fields.items()}


def json_value(value: Value, field: str) -> Any:
    """The JSON value that `value` stands for. INVALID_ARGUMENT for NaN, infinity and a value of no kind."""
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            return json_number(value.number_value, field)
        case "bool_value":
            return value.bool_value
        case "null_value":
            return None
        case "struct_value":
            return json_object(value.struct_value, field)
        case "list_value":
            return [json_value(item, field) for item in value.list_value.values]
    raise invalid(field, "holds a value without a kind")


def json_number(number: float, field: str) -> int | float:
    """`number` as an integer if it is one."""
    if not math.isfinite(number):
        raise invalid(field, "holds a number that JSON cannot say (NaN or infinity)")
    return int(number) if number.is_integer() and abs(number) <= EXACT else number
