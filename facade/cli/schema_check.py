"""`facade schema check`: the changes of the contract that would break its clients, in protos and SDL alike."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from facade.cli.earlier import PROTOS, SDL, CannotCheckError, Contract, earlier, text_of
from facade.cli.protos import CONFIGURATION, breaking
from facade.graphql.changes import Change, NotSdlError, Schema, changes, read

BREAKING = 1  # exit status: clients that work with the earlier contract would cease to
UNCHECKED = 2  # exit status: it could not be found out


def check(options: argparse.Namespace) -> int:
    """Compares the checkout's contract with an earlier one; prints each change and, last, a line that counts them."""
    try:
        root = checkout(Path.cwd())
        with TemporaryDirectory(prefix="facade-") as scratch:
            found = compare(earlier(options.against, root, Path(scratch)), root)
    except CannotCheckError as error:
        print(f"facade: schema check: {error}", file=sys.stderr)
        return UNCHECKED
    return BREAKING if found else 0


def checkout(directory: Path) -> Path:
    """The nearest directory, from this one upwards, that has the contract. Installed packages have no protos."""
    for each in (directory, *directory.parents):
        if (each / CONFIGURATION).is_file() and (each / PROTOS).is_dir() and (each / SDL).is_file():
            return each
    raise CannotCheckError(
        f"works in a checkout of facade only: neither {directory} nor a directory above it has all of "
        f"{CONFIGURATION}, {PROTOS} and {SDL}"
    )


def compare(before: Contract, root: Path) -> int:
    """Prints what has changed; returns how many of the changes are breaking."""
    sdl = [] if before.sdl is None else sdl_changes(before.sdl, before.name, root)
    protos = [] if before.protos is None else breaking(root, before.protos)
    for each in protos:
        print(f"{each.at or PROTOS}: breaking: {each.name}: {each.text}")
    for change in sdl:
        where = SDL if change.line is None else f"{SDL}:{change.line}"
        print(f"{where}: {'breaking' if change.breaking else 'dangerous'}: {change.name}: {change.text}")

    severe = sum(change.breaking for change in sdl)
    total = len(protos) + severe
    told = "not compared" if before.protos is None else counted(len(protos), 0)
    also = "not compared" if before.sdl is None else counted(severe, len(sdl) - severe)
    print(f"{'not ' if total else ''}compatible with {before.name} (protos: {told}; SDL: {also})")
    return total


def sdl_changes(before: str, name: str, root: Path) -> list[Change]:
    """The changes of the SDL since `before`, which is that of `name`."""
    return changes(schema(before, f"the SDL of {name}"), schema(text_of(root / SDL), str(root / SDL)))


def schema(text: str, name: str) -> Schema:
    """The schema that the text is."""
    try:
        return read(text)
    except NotSdlError as error:
        raise CannotCheckError(f"{name}: {error}") from None


def counted(severe: int, dangerous: int) -> str:
    """Such as "2 breaking, 1 dangerous"."""
    return f"{severe} breaking" + (f", {dangerous} dangerous" if dangerous else "")
