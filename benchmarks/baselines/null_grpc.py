"""grpc.aio that answers at once: `python -m benchmarks.baselines.null_grpc`.

The floor under what is written with grpc.aio and the generated servicers. The answers are built once, and serialized
for each call, as any answer is.
"""

import asyncio

import grpc
from google.protobuf.json_format import ParseDict

from benchmarks.answers import PART, user
from benchmarks.answers import USERS as USERS_IN_ALL
from benchmarks.baselines.listening import serve_grpc
from facade.domain import cursor
from facade.v1 import provisioning_pb2, provisioning_pb2_grpc, publish_pb2, publish_pb2_grpc

USERS = [ParseDict(user(number), provisioning_pb2.User()) for number in range(PART)]
PUBLISHED = publish_pb2.PublishEventResponse(message="Data published successfully")
FOUND = provisioning_pb2.GetUserResponse(user=USERS[7])
LISTED = provisioning_pb2.ListUsersResponse(
    users=USERS, next_page_token=cursor.encode(PART - 1), total_size=USERS_IN_ALL
)


class PublishService(publish_pb2_grpc.PublishServiceServicer):
    """Publishes nothing."""

    async def PublishEvent(
        self,
        _request: publish_pb2.PublishEventRequest,
        _context: grpc.aio.ServicerContext[publish_pb2.PublishEventRequest, publish_pb2.PublishEventResponse],
    ) -> publish_pb2.PublishEventResponse:
        """Says that the event is published."""
        return PUBLISHED


class ProvisioningService(provisioning_pb2_grpc.ProvisioningServiceServicer):
    """Knows a hundred users."""

    async def GetUser(
        self,
        _request: provisioning_pb2.GetUserRequest,
        _context: grpc.aio.ServicerContext[provisioning_pb2.GetUserRequest, provisioning_pb2.GetUserResponse],
    ) -> provisioning_pb2.GetUserResponse:
        """Always the same user."""
        return FOUND

    async def ListUsers(
        self,
        _request: provisioning_pb2.ListUsersRequest,
        _context: grpc.aio.ServicerContext[provisioning_pb2.ListUsersRequest, provisioning_pb2.ListUsersResponse],
    ) -> provisioning_pb2.ListUsersResponse:
        """Always the same page."""
        return LISTED


async def main() -> None:
    """Serves until SIGTERM."""
    server = grpc.aio.server()
    publish_pb2_grpc.add_PublishServiceServicer_to_server(PublishService(), server)  # type: ignore[abstract]  # a part
    provisioning_pb2_grpc.add_ProvisioningServiceServicer_to_server(ProvisioningService(), server)  # type: ignore[abstract]  # a part
    await serve_grpc(server)


if __name__ == "__main__":
    asyncio.run(main())
