"""The outcomes of an earlier run, which say what need not be done again."""

import argparse
import csv
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from facade.client.failure import MisuseError, UnwrittenError
from facade.client.outcomes import Outcome, OutcomeFile, State, is_csv


def earlier(path: str | None, key: Callable[[str], str] = str) -> dict[str, State]:
    """What the rows of an earlier run say about each item, under its `key`. MisuseError if they cannot be read."""
    if path is None:
        return {}
    rank = (State.NOT_ATTEMPTED, State.REFUSED, State.UNKNOWN, State.DONE)
    found: dict[str, State] = {}
    try:
        for item_id, state in rows(path):
            name, new = key(item_id), State(state)
            found[name] = max(found.get(name, new), new, key=rank.index)
    except OSError as error:
        raise MisuseError(f"--resume: cannot read {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error):
        raise MisuseError(f"--resume: {path} is not a file of outcomes") from None
    return found


def rows(path: str) -> Iterator[tuple[str, str]]:
    """The id and the outcome of each whole row."""
    as_csv = is_csv("--resume", path)
    with Path(path).open(encoding="utf-8", newline="") as file:
        whole = (line for line in file if line.endswith("\n"))
        read: Iterator[Any] = csv.DictReader(whole) if as_csv else map(json.loads, whole)
        for row in read:
            yield row["item_id"], row["outcome"]


def outcome_file(options: argparse.Namespace, before: dict[str, State]) -> OutcomeFile:
    """Where the rows of this run go: on in the file that is resumed, or into a new one, which then resumes as well.

    MisuseError if that would write over outcomes that are there: without them, what is done would be done again.
    """
    path = options.outcomes or options.resume
    if path is None:
        return OutcomeFile(None)
    there = Path(path).exists()
    if options.resume is not None and there and Path(path).samefile(options.resume):
        return OutcomeFile(path, append=True)
    if there and Path(path).stat().st_size:
        raise MisuseError(f"--outcomes: {path} has outcomes already: go on with --resume, or name another file")
    file = OutcomeFile(path)
    try:
        for item_id, state in before.items():
            if state in (State.DONE, State.UNKNOWN):
                file.write(Outcome(item_id, state, message="in an earlier run"))
    except UnwrittenError as error:
        with suppress(OSError):  # a part of them, resumed from, would have the rest done again
            os.truncate(path, 0)
        raise MisuseError(str(error)) from None
    return file
