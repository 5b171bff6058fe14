"""How a FacadeError is told over gRPC: one table, one function.

The status carries google.rpc.ErrorInfo always, BadRequest where fields are wrong, RetryInfo where the upstream named a
time. The trailer `grpc-retry-pushback-ms` steers the retries of gRPC clients (gRFC A6): the wait, or -1 where a retry
could do a thing twice.
"""

import asyncio
from typing import Any, NoReturn, TypeAlias

import grpc
from google.protobuf import any_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from facade.errors import Code, FacadeError, Outcome

STATUS: dict[Code, grpc.StatusCode] = {
    Code.UNKNOWN: grpc.StatusCode.UNKNOWN,
    Code.INVALID_ARGUMENT: grpc.StatusCode.INVALID_ARGUMENT,
    Code.DEADLINE_EXCEEDED: grpc.StatusCode.DEADLINE_EXCEEDED,
    Code.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Code.ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Code.PERMISSION_DENIED: grpc.StatusCode.PERMISSION_DENIED,
    Code.RESOURCE_EXHAUSTED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Code.FAILED_PRECONDITION: grpc.StatusCode.FAILED_PRECONDITION,
    Code.ABORTED: grpc.StatusCode.ABORTED,
    Code.UNIMPLEMENTED: grpc.StatusCode.UNIMPLEMENTED,
    Code.INTERNAL: grpc.StatusCode.INTERNAL,
    Code.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Code.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
}
MAX_VIOLATIONS = 10  # clients refuse an answer whose trailers are larger than a few KB
Trailers = tuple[tuple[str, str | bytes], ...]
# Messages cross grpc as bytes: they are read and written here (see `rpc.calls`).
AnyContext: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


async def abort(context: AnyContext, error: FacadeError, request_id: str, trace_id: str = "") -> NoReturn:
    """Ends the call with `error`."""
    try:
        await context.abort(STATUS[error.code], error.message, trailers(error, request_id, trace_id))
    except grpc.aio.InternalError:  # the call has ended meanwhile: there is nobody to tell
        raise asyncio.CancelledError from None
    finally:
        del context


def trailers(error: FacadeError, request_id: str, trace_id: str = "") -> Trailers:
    """The trailing metadata that tells `error` in full."""
    pairs: list[tuple[str, str | bytes]] = [
        ("grpc-status-details-bin", status(error, request_id, trace_id).SerializeToString())
    ]
    if error.outcome is Outcome.UNKNOWN:
        pairs.append(("grpc-retry-pushback-ms", "-1"))
    elif error.retry_after is not None:
        pairs.append(("grpc-retry-pushback-ms", str(round(error.retry_after * 1000))))
    return tuple(pairs)


def status(error: FacadeError, request_id: str, trace_id: str = "") -> Status:
    """The error with its details, as a message."""
    told = Status(code=STATUS[error.code].value[0], message=error.message)
    for detail in details(error, request_id, trace_id):
        packed = any_pb2.Any()
        packed.Pack(detail)
        told.details.append(packed)
    return told


def details(error: FacadeError, request_id: str, trace_id: str = "") -> list[Message]:
    """The messages of google/rpc/error_details.proto that apply."""
    metadata = {"request_id": request_id}
    if trace_id:
        metadata["trace_id"] = trace_id
    if error.upstream:
        metadata["upstream"] = error.upstream
    if error.upstream_status:
        metadata["upstream_status"] = str(error.upstream_status)
    found: list[Message] = [ErrorInfo(reason=error.reason, domain="facade", metadata=metadata)]
    if error.violations:
        violations = [
            BadRequest.FieldViolation(field=violation.field, description=violation.description)
            for violation in error.violations[:MAX_VIOLATIONS]
        ]
        found.append(BadRequest(field_violations=violations))
    if error.retry_after is not None and error.outcome is not Outcome.UNKNOWN:
        delay = Duration()
        delay.FromMilliseconds(round(error.retry_after * 1000))
        found.append(RetryInfo(retry_delay=delay))
    return found
