"""ProvisioningService."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from facade.bulk.provisioning import BulkUsers
from facade.bulk.sync import Sync
from facade.caller import Caller
from facade.domain import cursor
from facade.domain.provisioning import DEFAULT_PAGE, User, Window, page_size
from facade.errors import invalid
from facade.rpc.results import message as result_message
from facade.rpc.sync import new_user, received, sync_message
from facade.upstreams.provisioning import ProvisioningApi
from facade.v1 import provisioning_pb2 as pb


class ProvisioningService:
    """Manages users. See protos/facade/v1/provisioning.proto."""

    def __init__(self, api: ProvisioningApi, bulk: BulkUsers, sync: Sync) -> None:
        self._api = api
        self._bulk = bulk
        self._sync = sync

    async def ListUsers(self, request: pb.ListUsersRequest, caller: Caller) -> pb.ListUsersResponse:
        """One page of users."""
        page = await self._api.page(window(request), caller)
        return pb.ListUsersResponse(
            users=[vars(user) for user in page.users],  # messages would be made, and then copied
            next_page_token=cursor.encode(page.end) if page.has_next else "",
            previous_page_token=cursor.encode(page.begin, backward=True) if page.has_previous else "",
            total_size=page.total,
        )

    async def GetUser(self, request: pb.GetUserRequest, caller: Caller) -> pb.GetUserResponse:
        """One user."""
        return pb.GetUserResponse(user=message(await self._api.get(request.mail, caller)))

    async def CreateUser(self, request: pb.CreateUserRequest, caller: Caller) -> pb.CreateUserResponse:
        """Adds a user."""
        if not request.HasField("user"):
            raise invalid("user", "is required")
        user = await self._api.create(new_user(request.user), caller)
        return pb.CreateUserResponse(user=message(user))

    async def DeleteUser(self, request: pb.DeleteUserRequest, caller: Caller) -> pb.DeleteUserResponse:
        """Deletes a user."""
        await self._api.delete(request.mail, caller, allow_missing=request.allow_missing)
        return pb.DeleteUserResponse()

    async def StreamUsers(
        self, _request: pb.StreamUsersRequest, caller: Caller
    ) -> AsyncGenerator[pb.StreamUsersResponse, None]:
        """All users."""
        async with aclosing(self._api.all(caller)) as users:
            async for user in users:
                yield pb.StreamUsersResponse(user=message(user))

    async def CreateUsers(self, request: pb.CreateUsersRequest, caller: Caller) -> pb.CreateUsersResponse:
        """Adds up to a thousand users."""
        results = await self._bulk.create([new_user(user) for user in request.users], caller)
        return pb.CreateUsersResponse(results=[result_message(each, caller) for each in results])

    async def DeleteUsers(self, request: pb.DeleteUsersRequest, caller: Caller) -> pb.DeleteUsersResponse:
        """Deletes up to a thousand users."""
        results = await self._bulk.delete(list(request.mails), caller)
        return pb.DeleteUsersResponse(results=[result_message(each, caller) for each in results])

    async def SyncUsers(
        self, requests: AsyncIterator[pb.SyncUsersRequest], caller: Caller
    ) -> AsyncGenerator[pb.SyncUsersResponse, None]:
        """Makes the account's users those of a roster."""
        options, roster = await received(requests, caller)
        async with aclosing(self._sync.run(roster, options, caller)) as events:
            async for event in events:
                yield sync_message(event, caller)


def window(request: pb.ListUsersRequest) -> Window:
    """The part of the list that a page token and a size mean."""
    size = page_size(request.page_size or DEFAULT_PAGE, "page_size")
    if not request.page_token:
        return Window(size)
    position, backward = cursor.decode(request.page_token, "page_token")
    return Window(size, before=position, backward=True) if backward else Window(size, after=position)


def message(user: User) -> pb.User:
    """A user as protobuf."""
    return pb.User(**vars(user))
