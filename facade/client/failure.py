"""Why a command does not end well, as one line."""

from dataclasses import dataclass
from typing import Any, cast

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

DOMAIN = "facade"  # of the facade's own ErrorInfo


class MisuseError(Exception):
    """An argument, a variable or a file is wrong: nothing was sent. Exit status 2."""


class StoppedError(Exception):
    """It was stopped before its end, for a reason that is no call's. Exit status 1."""


class UnwrittenError(StoppedError):
    """What became of the items could not be written down, so that some have no outcome. Exit status 1."""


@dataclass(eq=False)
class CallError(Exception):
    """A call failed as a whole. Exit status 1.

    Attributes:
        message: a sentence.
        code: the gRPC code's name.
        reason: the facade's reason; "" if the failure does not come from the facade.
        violations: the wrong fields, path and description.
        certain: whether an item that has no result was certainly not sent.

    """

    message: str
    code: str
    reason: str = ""
    violations: tuple[tuple[str, str], ...] = ()
    certain: bool = False

    def __str__(self) -> str:
        return f"{self.message} [{' '.join(filter(None, (self.code, self.reason)))}]"


def call_error(error: grpc.aio.AioRpcError) -> CallError:
    """What a failed call says."""
    trailers: dict[str, Any] = dict(cast(Any, error.trailing_metadata()) or ())  # its stub knows no items
    details = trailers.get("grpc-status-details-bin")
    status = Status.FromString(details) if isinstance(details, bytes) else Status()
    reason = reason_of(status)
    code = error.code()
    return CallError(
        " ".join((error.details() or "the call failed").split()),
        code.name,
        reason,
        violations(status),
        certain=bool(reason)
        and code is not grpc.StatusCode.INTERNAL
        and trailers.get("grpc-retry-pushback-ms") != "-1",  # "a repetition could do a thing twice"
    )


def reason_of(status: Status) -> str:
    """The facade's reason, or ""."""
    info = ErrorInfo()
    for detail in status.details:
        if detail.Unpack(info) and info.domain == DOMAIN:
            return str(info.reason)
    return ""


def violations(status: Status) -> tuple[tuple[str, str], ...]:
    """The fields that the status says are wrong."""
    wrong = BadRequest()
    return tuple(
        (each.field, each.description)
        for detail in status.details
        if detail.Unpack(wrong)
        for each in wrong.field_violations
    )


def printable(text: str) -> str:
    """`text` in one line, without what would steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))
