"""What a client printed, read and checked against the contract."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from clients.client import ClientError

CLOSING = re.compile(r"(\S+): (\d+) operations, (\d+) errors")


@dataclass(frozen=True)
class Told:
    """What one run of a client was about.

    Attributes:
        operations: that answered as they must.
        errors: code and reason of each that came as it must; the same may have come for several operations.
        closing: the last line.

    """

    operations: frozenset[str]
    errors: tuple[str, ...]
    closing: str


def read(name: str, printed: str) -> Told:
    """What the client `name` printed. ClientError if its last line does not count what it told before."""
    lines = printed.splitlines()
    operations = frozenset(line.removeprefix("ok ") for line in lines if line.startswith("ok "))
    errors = tuple(line.removeprefix("error ") for line in lines if line.startswith("error "))
    closing = lines[-1] if lines else ""
    counted = CLOSING.fullmatch(closing)
    if counted is None or counted.groups() != (name, str(len(operations)), str(len(errors))):
        raise ClientError(
            f"{name}: told of {len(operations)} operations and {len(errors)} errors, and closed with {closing!r}"
        )
    return Told(operations, errors, closing)


def check(name: str, told: Told, operations: AbstractSet[str], reasons: AbstractSet[str]) -> None:
    """ClientError unless the client has called all of these operations and no others, and met all of these reasons."""
    wrong = [f"did not call {each}" for each in sorted(operations - told.operations)]
    wrong += [f"called {each}, which is not published" for each in sorted(told.operations - operations)]
    met = {error.split()[-1] for error in told.errors}
    wrong += [f"did not meet {each}" for each in sorted(reasons - met)]
    if wrong:
        raise ClientError("\n".join(f"{name}: {each}" for each in wrong))
