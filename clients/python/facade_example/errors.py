"""What an error tells: code, reason, metadata, wrong fields, when to try again.

The code is coarse, the reason exact: compare these, not the message. ItemResult.status has the same details as the
status of a call.
"""

from dataclasses import dataclass, field

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

CODES = {code.value[0]: code.name for code in grpc.StatusCode}


@dataclass
class Failure:
    """An error, read.

    Attributes:
        code: gRPC's name of what kind of failure it is.
        message: a sentence to be read.
        reason: why, as a constant; "" if the facade did not answer, as when the time ran out here.
        metadata: "request_id", and where an upstream was asked "upstream" and "upstream_status".
        violations: by the path of each wrong field, what is wrong with it.
        retry_delay: seconds after which a repeat may help; None if the facade knows none.
        pushback: milliseconds that gRPC waits before it tries again, -1 for never; None if it is left to gRPC.

    """

    code: str
    message: str
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    violations: dict[str, str] = field(default_factory=dict)
    retry_delay: float | None = None
    pushback: int | None = None


def of_call(error: grpc.RpcError) -> Failure:
    """The failure of a call."""
    failure = Failure(error.code().name, error.details())
    if status := rpc_status.from_call(error):
        failure = of_status(status)
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-retry-pushback-ms":
            failure.pushback = int(value)
    return failure


def of_status(status: Status) -> Failure:
    """The failure that a status tells, of a call or of one item of many."""
    failure = Failure(CODES[status.code], status.message)
    info, request, retry = ErrorInfo(), BadRequest(), RetryInfo()
    for detail in status.details:
        if detail.Unpack(info):
            failure.reason = info.reason
            failure.metadata = dict(info.metadata)
        elif detail.Unpack(request):
            failure.violations = {each.field: each.description for each in request.field_violations}
        elif detail.Unpack(retry):
            failure.retry_delay = retry.retry_delay.ToNanoseconds() / 1e9
    return failure
