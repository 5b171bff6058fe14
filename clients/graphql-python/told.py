"""What this program prints: a line for each operation and each error that came as it must, and the count of both."""

from collections.abc import Awaitable
from typing import Any

from generated.exceptions import GraphQLClientGraphQLMultiError

operations: set[str] = set()
errors: list[str] = []


class WrongAnswerError(Exception):
    """An answer was not what it must be."""


def equal(found: object, expected: object, what: str) -> None:
    """Ends the program, which then has another exit status than 0, unless both are the same."""
    if found != expected:
        raise WrongAnswerError(f"{what}: {found!r} instead of {expected!r}")


def ok(operation: str) -> None:
    """The operation has answered as it must."""
    operations.add(operation)
    print(f"ok {operation}", flush=True)


def met(code: str, reason: str) -> None:
    """An error came as it must."""
    errors.append(reason)
    print(f"error {code} {reason}", flush=True)


async def fails(
    call: Awaitable[object], code: str, reason: str, *, retryable: bool = False
) -> GraphQLClientGraphQLMultiError:
    """The failure that the call ends with, whose first error is checked: code, reason, whether it may be repeated."""
    try:
        await call
    except GraphQLClientGraphQLMultiError as failure:
        told = extensions(failure)
        equal((told["code"], told["reason"], told["retryable"]), (code, reason, retryable), str(failure))
        equal(bool(told["requestId"]), True, "the name of the request")
        met(code, reason)
        return failure
    raise WrongAnswerError(f"no {reason}: the call succeeded")


def extensions(failure: GraphQLClientGraphQLMultiError) -> dict[str, Any]:
    """What the first error carries."""
    return failure.errors[0].extensions or {}


def close(name: str) -> None:
    """The last line."""
    print(f"{name}: {len(operations)} operations, {len(errors)} errors")
