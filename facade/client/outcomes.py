"""What became of each item: one row an item, written as it is known, so that a run that is killed leaves a usable file.

    item_id   the line's number, the id that it names, or the user's address
    outcome   done | refused | unknown | not_attempted
    code      the gRPC code's name; empty if done
    reason    the facade's reason; empty if done
    message   a sentence

`unknown` means that it was sent and may have taken effect; `refused` and `not_attempted` had none. An item may have
several rows, of several runs: once done it is done, and once unknown it stays so until it is done.
"""

import csv
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import grpc

from facade.client.failure import CallError, MisuseError, UnwrittenError, printable, reason_of
from facade.v1 import bulk_pb2

COLUMNS = ("item_id", "outcome", "code", "reason", "message")
NAMES = {code.value[0]: code.name for code in grpc.StatusCode}
# A call that ended so may have taken effect. INTERNAL: the upstream answered, and its answer could not be read.
IN_DOUBT = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "INTERNAL"})


class State(StrEnum):
    """How an item ended."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row."""

    item_id: str
    state: State
    code: str = ""
    reason: str = ""
    message: str = ""

    def __str__(self) -> str:
        told = " ".join(filter(None, (self.code, self.reason))) or self.state
        return printable(f"{self.item_id}: {self.message} [{told}]")


def outcome(item_id: str, result: bulk_pb2.ItemResult) -> Outcome:
    """What a result of the facade says about the item."""
    status = result.status
    if not status.code:
        return Outcome(item_id, State.DONE, message=result.message)
    code, reason = NAMES.get(status.code, "UNKNOWN"), reason_of(status)
    state = State.UNKNOWN if code in IN_DOUBT else State.REFUSED
    if reason == "NOT_ATTEMPTED":
        state = State.NOT_ATTEMPTED
    return Outcome(item_id, state, code, reason, status.message)


def lost(item_id: str, failure: CallError | None) -> Outcome:
    """The row of an item that was sent and has no result, since the call ended in `failure` (None: was cancelled)."""
    if failure is None:
        return Outcome(item_id, State.UNKNOWN, "CANCELLED", message="interrupted before its result came")
    state = State.NOT_ATTEMPTED if failure.certain else State.UNKNOWN
    return Outcome(item_id, state, failure.code, failure.reason, failure.message)


class OutcomeFile:
    """Rows, appended; MisuseError if the file cannot be opened.

    Without a path they go nowhere.

    Attributes:
        write: writes a row; UnwrittenError if the file takes no more.
        check: UnwrittenError if the file is not there any more, and its rows with it.

    """

    def __init__(self, path: str | None, *, append: bool = False) -> None:
        self._close: Callable[[], None] = lambda: None
        self.write: Callable[[Outcome], None] = lambda _: None
        self.check: Callable[[], None] = lambda: None
        if path is None:
            return
        as_csv = is_csv("--outcomes", path)
        try:
            if append:
                cut_torn_row(path)
            # Open for as long as the run: closed at the end of it.
            file = Path(path).open("a" if append else "w", encoding="utf-8", newline="")  # noqa: SIM115 - as above
        except OSError as error:
            raise MisuseError(f"--outcomes: cannot write {path}: {error.strerror}") from None
        self._close = file.close
        put = csv.writer(file).writerow if as_csv else lambda row: file.write(as_json(row))

        def write(row: Outcome) -> None:
            try:
                if as_csv and not file.tell():  # not before: a file without rows is none that could be written over
                    put(COLUMNS)
                put((row.item_id, str(row.state), row.code, row.reason, " ".join(row.message.split())))
                file.flush()
            except OSError as error:
                raise UnwrittenError(f"--outcomes: cannot write {path}: {error.strerror}") from None

        def check() -> None:
            with suppress(OSError):
                if os.path.samestat(os.fstat(file.fileno()), Path(path).stat()):
                    return
            raise UnwrittenError(f"--outcomes: {path} was taken away before the run had ended")

        self.write = write
        self.check = check

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # of a row that could not be written, which was told
            self._close()


def as_json(row: tuple[str, ...]) -> str:
    """A row as a line of JSON."""
    return json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n"


def is_csv(option: str, path: str) -> bool:
    """Whether the suffix says CSV; else it says JSON lines, or MisuseError."""
    suffix = Path(path).suffix.lower()
    if suffix not in {".csv", ".json", ".jsonl"}:
        raise MisuseError(f"{option}: {path} must end in .csv, .json or .jsonl")
    return suffix == ".csv"


def cut_torn_row(path: str) -> None:
    """Takes away what a killed run wrote of its last row."""
    with Path(path).open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        while end and not torn_after(file, end):
            end -= 1
        file.truncate(end)


def torn_after(file: Any, end: int) -> bool:
    """Whether the byte before `end` ends a row."""
    file.seek(end - 1)
    return bool(file.read(1) == b"\n")
