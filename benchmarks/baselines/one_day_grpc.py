"""A gRPC facade of one day's work: `python -m benchmarks.baselines.one_day_grpc`.

grpc.aio over `httpx.AsyncClient`. It serves PublishEvent, GetUser and ListUsers of the facade's contract, page tokens
aside, which are its own.
"""

import asyncio
from typing import Any, NoReturn

import grpc
from google.protobuf.json_format import MessageToDict

from benchmarks.baselines.listening import serve_grpc, upstream
from benchmarks.baselines.one_day_upstreams import PAGE, UpstreamError, Upstreams
from facade.v1 import provisioning_pb2, provisioning_pb2_grpc, publish_pb2, publish_pb2_grpc

Context = grpc.aio.ServicerContext[Any, Any]

WIRE = {
    field.name: field.name.replace("_", "")
    for field in publish_pb2.Event.DESCRIPTOR.fields
    if field.name != "attributes"
}


class PublishService(publish_pb2_grpc.PublishServiceServicer):
    """Publishes events."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams

    async def PublishEvent(
        self, request: publish_pb2.PublishEventRequest, context: Context
    ) -> publish_pb2.PublishEventResponse:
        """Publishes one event."""
        event = request.event
        body: dict[str, Any] = {theirs: getattr(event, ours) for ours, theirs in WIRE.items() if event.HasField(ours)}
        if event.HasField("attributes"):
            body |= MessageToDict(event.attributes)
        try:
            message = await self._upstreams.publish(body, await authorization(context))
        except UpstreamError as error:
            await fail(context, error)
        return publish_pb2.PublishEventResponse(message=message)


class ProvisioningService(provisioning_pb2_grpc.ProvisioningServiceServicer):
    """Reads users."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams

    async def GetUser(
        self, request: provisioning_pb2.GetUserRequest, context: Context
    ) -> provisioning_pb2.GetUserResponse:
        """One user."""
        try:
            found = await self._upstreams.user(request.mail, await authorization(context))
        except UpstreamError as error:
            await fail(context, error)
        return provisioning_pb2.GetUserResponse(user=user(found))

    async def ListUsers(
        self, request: provisioning_pb2.ListUsersRequest, context: Context
    ) -> provisioning_pb2.ListUsersResponse:
        """One page of at most 100 users; the page token is the index of its first."""
        size = min(request.page_size or PAGE, PAGE)
        if size < 1 or not (request.page_token or "0").isdecimal():
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "page_size or page_token is wrong.")
        begin = int(request.page_token or 0)
        try:
            page = await self._upstreams.users(begin, size, await authorization(context))
        except UpstreamError as error:
            await fail(context, error)
        return provisioning_pb2.ListUsersResponse(
            users=[user(each) for each in page["users"]],
            next_page_token=str(begin + size) if begin + size < page["totalUsers"] else "",
            previous_page_token=str(max(begin - size, 0)) if begin else "",
            total_size=page["totalUsers"],
        )


def user(found: dict[str, Any]) -> provisioning_pb2.User:
    """A user as protobuf."""
    return provisioning_pb2.User(
        mail=found["mail"],
        cn=found["cn"],
        sn=found["sn"],
        account_admin=found["accountAdmin"],
        developer=found["developer"],
        end_user=found["endUser"],
        operator=found["operator"],
        tester=found["tester"],
    )


async def authorization(context: Context) -> str:
    """The caller's credentials."""
    value = dict(context.invocation_metadata() or ()).get("authorization")
    if value is None:
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, "The call carries no credentials.")
    return str(value)


async def fail(context: Context, error: UpstreamError) -> NoReturn:
    """Ends the call with what its status means."""
    await context.abort(grpc.StatusCode[error.code], error.message)


async def main() -> None:
    """Serves until SIGTERM."""
    upstreams = Upstreams(upstream())
    server = grpc.aio.server()
    publish_pb2_grpc.add_PublishServiceServicer_to_server(PublishService(upstreams), server)  # type: ignore[abstract]  # a part
    provisioning_pb2_grpc.add_ProvisioningServiceServicer_to_server(ProvisioningService(upstreams), server)  # type: ignore[abstract]  # a part
    await serve_grpc(server)


if __name__ == "__main__":
    asyncio.run(main())
