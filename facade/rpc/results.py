"""Results of bulk operations as protobuf."""

from google.rpc.status_pb2 import Status

from facade.caller import Caller
from facade.domain.bulk import ItemResult
from facade.rpc.errors import status
from facade.traces.span import trace_id
from facade.v1 import bulk_pb2 as pb

DONE = Status()


def message(result: ItemResult, caller: Caller) -> pb.ItemResult:
    """A result; the status of a failed one is the one that the call for a single item would have ended with."""
    told = DONE if result.error is None else status(result.error, caller.request_id, trace_id(caller.span))
    return pb.ItemResult(item_id=result.item_id, status=told, message=result.message)
