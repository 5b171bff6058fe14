"""The gRPC test client: grpcio's own channel and the generated messages, found by the operation's name."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self, cast

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

from facade.rpc.server import FILES
from facade.v1.bulk_pb2 import ItemResult
from facade.v1.provisioning_pb2 import SyncUsersRequest, SyncUsersResponse
from tests.faces.client import Failure, outcome
from tests.support import basic

METHODS: dict[str, MethodDescriptor] = {
    method.name: method for file in FILES for service in file.services_by_name.values() for method in service.methods
}


# What grpc.aio makes of a write that came after the server had ended the call: the server's own status is lost.
LOST_STATUS = "Internal error from Core"
CODES = {code.value[0]: code.name for code in grpc.StatusCode}


class GrpcFace:
    """The face at a gRPC address."""

    name = "grpc"

    def __init__(self, address: str, tls: grpc.ChannelCredentials | None = None) -> None:
        self.address = address
        self.channel = grpc.aio.secure_channel(address, tls) if tls else grpc.aio.insecure_channel(address)

    async def call(
        self, operation: str, arguments: Any = None, headers: Any = None, timeout: float | None = None
    ) -> dict[str, Any]:
        """The response's fields; of a stream, the list of its messages under "stream"."""
        if operation == "SyncUsers":
            return {"stream": await self._sync(arguments, headers, timeout)}
        method = METHODS[operation]
        path = f"/{method.containing_service.full_name}/{method.name}"
        request = GetMessageClass(method.input_type)(**(arguments or {}))
        metadata = tuple((basic() if headers is None else headers).items())
        read = GetMessageClass(method.output_type).FromString
        try:
            if method.server_streaming:
                stream = self.channel.unary_stream(path, type(request).SerializeToString, read)
                messages = [message async for message in stream(request, metadata=metadata, timeout=timeout)]
                return {"stream": [plain(message) for message in messages]}
            once = self.channel.unary_unary(path, type(request).SerializeToString, read)
            return plain(await once(request, metadata=metadata, timeout=timeout))
        except grpc.aio.AioRpcError as error:
            raise failure(error) from None

    async def _sync(self, arguments: Any, headers: Any, timeout: float | None) -> list[dict[str, Any]]:
        """The events of SyncUsers. Failure has those before the error."""

        async def requests() -> AsyncIterator[SyncUsersRequest]:
            yield SyncUsersRequest(options=arguments.get("options") or {})
            for user in arguments["roster"]:
                yield SyncUsersRequest(user=user)

        metadata = tuple((basic() if headers is None else headers).items())
        path = "/facade.v1.ProvisioningService/SyncUsers"
        call = self.channel.stream_stream(path, SyncUsersRequest.SerializeToString, SyncUsersResponse.FromString)
        events: list[dict[str, Any]] = []
        try:
            async for message in call(requests(), metadata=metadata, timeout=timeout):
                events.append(plain(message))  # noqa: PERF401 - what came before an error is wanted
        except grpc.aio.AioRpcError as error:
            if error.details() == LOST_STATUS:
                return await self._sync(arguments, headers, timeout)
            found = failure(error)
            found.events = events
            raise found from None
        return events

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.channel.close(None)


def plain(message: Any) -> dict[str, Any]:
    """A message as a dict with all its fields; of a oneof, the field that is set."""
    if isinstance(message, ItemResult):
        return item(message)
    fields = message.DESCRIPTOR.fields_by_name
    if "results" in fields:
        return {"results": [item(each) for each in message.results]}
    if message.DESCRIPTOR.full_name == SyncUsersResponse.DESCRIPTOR.full_name:
        name = message.WhichOneof("message")
        return {name: plain(getattr(message, name))}
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def item(result: ItemResult) -> dict[str, str]:
    """The result of one item."""
    if not result.status.code:
        return outcome(result.item_id, result.message, None)
    found = Failure(CODES[result.status.code], message=result.status.message)
    read_details(result.status, found)
    return outcome(result.item_id, result.message, found)


def failure(error: grpc.aio.AioRpcError) -> Failure:
    """The error with its details, as a client reads them."""
    trailers: dict[str, Any] = dict(cast("Any", error.trailing_metadata()) or ())
    received = f"{error.details()} {error.initial_metadata()} {trailers}"
    found = Failure(error.code().name, message=error.details() or "", received=received)
    read_details(Status.FromString(trailers.get("grpc-status-details-bin", b"")), found)
    return found


def read_details(status: Any, found: Failure) -> None:
    """Adds what the details of an error say."""
    for packed in status.details:
        info, bad = ErrorInfo(), BadRequest()
        if packed.Unpack(info):
            assert info.domain == "facade"
            found.reason = info.reason
            found.upstream = info.metadata.get("upstream", "")
            found.upstream_status = int(info.metadata.get("upstream_status", "0"))
            found.request_id = info.metadata["request_id"]
        elif packed.Unpack(bad):
            found.violations = {each.field: each.description for each in bad.field_violations}
