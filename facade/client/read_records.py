"""Lines of JSON as items to publish.

A line is one object. Its `kind` says what it is (event, metric, entity_topology, service_topology or healthcheck; else
the default kind) and is not sent. Of an event, the names of the contract's fields, such as `env_customer_id` or
`envCustomerId`, are its fields; all else is sent beside them, under its own name. Of another kind the object is sent as
it is written, digit by digit.
"""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from facade.client.json_values import members, refuse_constant
from facade.client.lines import LONGEST
from facade.v1 import publish_pb2 as pb

KINDS = tuple(field.name for field in pb.PublishItem.DESCRIPTOR.oneofs_by_name["record"].fields)
FIELDS = {
    name: field.name
    for field in pb.Event.DESCRIPTOR.fields
    for name in (field.name, field.json_name)
    if field.name != "attributes"
}
EXACT = 2**53  # up to which a double holds every integer
SURELY_EXACT = 15  # digits
MAX_MESSAGE = 4 * 1024**2 - 1024  # bytes; what the facade takes, less what is around the item
SMALL = 128 * 1024  # bytes of a line whose item is certainly smaller than MAX_MESSAGE
MAX_ID = 256  # characters


@dataclass(eq=False)
class RefusedError(Exception):
    """A line that cannot be sent.

    Attributes:
        item_id: the item's name.
        message: why.

    """

    item_id: str
    message: str


class RecordReader:
    """Turns lines into items.

    Args:
        kind: of the lines that do not say.
        id_field: the member of a line that is its `item_id`; None for the line's number.

    """

    def __init__(self, kind: str, id_field: str | None) -> None:
        self._kind = kind
        self._id_field = id_field

    def read(self, number: int, line: bytes) -> pb.PublishItem:
        """The item of line `number`. Raises RefusedError."""
        item_id = str(number) if self._id_field is None else f"line {number}"
        try:
            if len(line) > LONGEST:
                raise ValueError("is longer than 4 MiB")
            text = line.decode()
            numbers = Numbers()
            record = numbers.load(text)
            if not isinstance(record, dict):
                raise ValueError("is not a JSON object")  # noqa: TRY004 - about the line, not about a type of ours
            if self._id_field is not None:
                item_id = named(record, self._id_field)
            item = self._item(item_id, record, text, numbers)
            if len(line) > SMALL and item.ByteSize() > MAX_MESSAGE:
                raise ValueError("is larger than 4 MiB")
        except json.JSONDecodeError as error:
            raise RefusedError(item_id, f"line {number} is not JSON: {error.msg}") from None
        except RecursionError:
            raise RefusedError(item_id, f"line {number} is nested too deeply") from None
        except UnicodeError:
            raise RefusedError(item_id, f"line {number} is not UTF-8") from None
        except ValueError as error:
            raise RefusedError(item_id, f"line {number} {error}") from None
        return item

    def _item(self, item_id: str, record: dict[str, Any], text: str, numbers: "Numbers") -> pb.PublishItem:
        kind = record.get("kind", self._kind)
        if kind not in KINDS:
            raise ValueError(f"has the kind {kind!r}; known are {', '.join(KINDS)}")
        if kind != "event":
            if "kind" in record:
                text = "{" + ",".join(member for name, member in members(text) if name != "kind") + "}"
            made: dict[str, Any] = {kind: pb.Record(json=text.encode())}
            return pb.PublishItem(item_id=item_id, **made)
        if numbers.inexact is not None:
            raise ValueError(f"has the number {numbers.inexact}, of which an event would lose digits")
        return pb.PublishItem(item_id=item_id, event=event(record))


class Numbers:
    """Reads JSON and remembers the first number that a double does not hold as it is written."""

    def __init__(self) -> None:
        self.inexact: str | None = None

    def load(self, text: str) -> Any:
        """The value. ValueError if it is not JSON."""
        return json.loads(text, parse_int=self._integer, parse_float=self._fraction, parse_constant=refuse_constant)

    def _integer(self, literal: str) -> int:
        if len(literal) > SURELY_EXACT and (len(literal) > len(str(-EXACT)) or abs(int(literal)) > EXACT):
            self._note(literal)
            return 0  # not used: an event is refused, and other kinds are sent as they are written
        return int(literal)

    def _fraction(self, literal: str) -> float:
        value = float(literal)
        if len(literal) > SURELY_EXACT or "e" in literal or "E" in literal:
            try:
                exact = Decimal(repr(value)) == Decimal(literal)
            except InvalidOperation:  # an exponent that not even a Decimal has
                exact = False
            if not exact:
                self._note(literal)
        return value

    def _note(self, literal: str) -> None:
        shown = literal if len(literal) <= 2 * SURELY_EXACT else literal[: 2 * SURELY_EXACT] + "…"
        self.inexact = self.inexact or shown


def named(record: dict[str, Any], field: str) -> str:
    """The `item_id` that the record names."""
    value = record.get(field)
    item_id = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not 0 < len(item_id) <= MAX_ID or not item_id.isprintable():
        raise ValueError(f"{field}: must be an integer or 1 to {MAX_ID} printable characters, to be the item's id")
    return item_id


def event(record: dict[str, Any]) -> pb.Event:
    """The event; ValueError about a field."""
    made = pb.Event()
    attributes: dict[str, Any] = {}
    for name, value in record.items():
        if (field := FIELDS.get(name)) is not None:
            if value is not None and not isinstance(value, str):
                raise ValueError(f"{name}: must be a string")
            if made.HasField(field):
                raise ValueError(f"{name}: is there twice")
            if value is not None:
                setattr(made, field, value)
        elif name == "attributes":
            if not isinstance(value, dict):
                raise ValueError("attributes: must be an object")
            merge(attributes, value)
        elif name != "kind":
            merge(attributes, {name: value})
    if attributes:
        made.attributes.update(attributes)
    return made


def merge(attributes: dict[str, Any], more: dict[str, Any]) -> None:
    """Adds attributes; ValueError about a name that is there already."""
    if double := attributes.keys() & more.keys():
        raise ValueError(f"{min(double)}: is there twice")
    attributes |= more
