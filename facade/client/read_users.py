"""Files of users: CSV with a header, JSON (an array, or one value after the other), or an address a line."""

import csv
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from facade.client.failure import MisuseError, printable
from facade.client.json_values import values
from facade.v1 import provisioning_pb2 as pb

TEXTS = ("mail", "cn", "sn")
FIELDS = {name: field.name for field in pb.NewUser.DESCRIPTOR.fields for name in (field.name, field.json_name)}
BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
FORMATS = {".csv": "csv", ".json": "json", ".jsonl": "json", ".txt": "text"}
Values: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Entry:
    """A user, and the line of the file that it begins at."""

    line: int
    user: pb.NewUser


def read(file: str, given: str | None, required: tuple[str, ...] = TEXTS) -> list[Entry]:
    """The users of a file ("-": standard input); each has all that is `required`, and no address is there twice.

    `given` is its format, None to go by its suffix. Raises MisuseError, which names the line and the field.
    """
    kind = given or FORMATS.get(Path(file).suffix.lower())
    if kind is None:
        raise MisuseError(f"{file}: neither .csv, .json nor .txt: say what it is with --input-format")
    name = "standard input" if file == "-" else file
    readers: dict[str, Callable[[str], Iterator[tuple[int, Values]]]] = {"csv": table, "json": objects, "text": lines}
    found: list[Entry] = []
    first: dict[str, int] = {}
    line = 1
    try:
        for line, raw in readers[kind](text(file)):
            user = new_user(raw, required)
            if (before := first.setdefault(user.mail.lower(), line)) != line:
                raise ValueError(f"mail: {printable(user.mail)} is already in line {before}")
            found.append(Entry(line, user))
    except LineError as error:
        raise MisuseError(f"{name}:{error.line}: {error}") from None
    except ValueError as error:
        raise MisuseError(f"{name}:{line}: {printable(str(error))}") from None
    return found


class LineError(Exception):
    """What is wrong with a line that no user could be read from."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def text(file: str) -> str:
    """What the file holds."""
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise MisuseError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        return raw.decode("utf-8-sig")  # spreadsheets write the mark
    except UnicodeDecodeError as error:
        raise LineError(raw.count(b"\n", 0, error.start) + 1, "is not UTF-8") from None


def table(content: str) -> Iterator[tuple[int, Values]]:
    """The rows of a CSV file; an empty cell says nothing."""
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    header = [name.strip() for name in next(whole(reader), [])]
    if unknown := [name for name in header if name not in FIELDS]:
        raise LineError(1, f"{printable(unknown[0]) or 'an empty name'}: there is no such column")
    if "mail" not in header:
        raise LineError(1, "mail: there is no such column, and it is required")
    fields = [FIELDS[name] for name in header]
    if len(set(fields)) < len(fields):
        raise LineError(1, "a column is there twice")
    end = reader.line_num
    for row in whole(reader):
        line, end = end + 1, reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(fields):
            raise LineError(line, f"has {len(row)} cells; the header has {len(fields)}")
        yield line, {field: cell.strip() for field, cell in zip(fields, row, strict=True) if cell.strip()}


def whole(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows of a CSV reader. LineError about one that does not end."""
    try:
        yield from reader
    except csv.Error as error:
        raise LineError(getattr(reader, "line_num", 0), str(error)) from None


def objects(content: str) -> Iterator[tuple[int, Values]]:
    """The objects of a JSON file; null says nothing, and a string is an address."""
    for line, value in values(content, LineError):
        if isinstance(value, str):
            yield line, {"mail": value}
        elif isinstance(value, dict):
            if unknown := [name for name in value if name not in FIELDS]:
                raise LineError(line, f"{printable(unknown[0])}: there is no such field")
            yield line, {FIELDS[name]: each for name, each in value.items() if each is not None}
        else:
            raise LineError(line, "must be an object")


def lines(content: str) -> Iterator[tuple[int, Values]]:
    """The addresses of a text file."""
    for line, address in enumerate(content.splitlines(), 1):
        if address.strip():
            yield line, {"mail": address.strip()}


def new_user(raw: Values, required: tuple[str, ...]) -> pb.NewUser:
    """The user. ValueError about a field."""
    for name in required:
        if raw.get(name) in (None, ""):
            raise ValueError(f"{name}: is required")
    return pb.NewUser(**{name: checked(name, value) for name, value in raw.items()})


def checked(name: str, value: object) -> Any:
    """A field's value. ValueError if it is of another kind."""
    if name in TEXTS:
        if not isinstance(value, str):
            raise ValueError(f"{name}: must be a string")
        return value
    known = value if isinstance(value, bool) else BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    if known is None:
        raise ValueError(f"{name}: must be true or false")
    return known
