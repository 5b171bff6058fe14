"""What a gRPC client sees of an error beyond its code: the trailers, and the details in them."""

from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status

M = TypeVar("M", bound=Message)


async def failed(call: Any) -> grpc.aio.AioRpcError:
    """The error that a call ends with; for a stream, after all of its messages."""
    try:
        if isinstance(call, grpc.aio.UnaryUnaryCall):
            await call
        else:
            async for _ in call:
                pass
    except grpc.aio.AioRpcError as error:
        return error
    raise AssertionError("the call succeeded")


def trailers(error: grpc.aio.AioRpcError) -> dict[str, Any]:
    """The trailing metadata, each name of which comes once."""
    metadata: Any = error.trailing_metadata() or ()
    pairs = [(name, value) for name, value in metadata]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def status(error: grpc.aio.AioRpcError) -> Status:
    """The google.rpc.Status, which must agree with the call's own."""
    raw = trailers(error)["grpc-status-details-bin"]
    found = Status.FromString(raw)
    assert (found.code, found.message) == (error.code().value[0], error.details())
    return found


def detail(error: grpc.aio.AioRpcError, kind: type[M]) -> M | None:
    """The detail of this kind, or None."""
    for packed in status(error).details:
        message = kind()
        if packed.Unpack(message):
            return message
    return None
