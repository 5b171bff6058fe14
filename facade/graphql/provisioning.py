"""user, users, createUser, deleteUser, createUsers and deleteUsers."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from facade.domain import cursor
from facade.domain.provisioning import DEFAULT_PAGE, NewUser, User, UserPage, Window, page_size
from facade.errors import invalid
from facade.graphql.context import Info
from facade.graphql.described import given, input_, output
from facade.graphql.results import ItemResult, item_results

UserType = output(User)
NewUserInput = input_(NewUser, "NewUserInput")

Mail = Annotated[str, strawberry.argument(description="The user's e-mail address.")]


@strawberry.type(description="A user in a list, and where it stands.")
class UserEdge:
    """An edge of the Relay connection."""

    cursor: str = strawberry.field(description="Opaque; valid as `after` and `before`, and as a gRPC page token.")
    node: User = strawberry.field(description="The user.")


@strawberry.type(description="What lies around a page (Relay Cursor Connections).")
class PageInfo:
    """Where a page begins and ends."""

    has_next_page: bool = strawberry.field(description="Whether there are users after the page.")
    has_previous_page: bool = strawberry.field(description="Whether there are users before the page.")
    start_cursor: str | None = strawberry.field(description="The first edge's cursor; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The last edge's cursor; null on an empty page.")


@strawberry.type(description="A page of users (Relay Cursor Connections).")
class UserConnection:
    """Relay's view of a UserPage; built part by part, as far as the query asks for it."""

    page: strawberry.Private[UserPage]

    @strawberry.field(description="The users of the page with their cursors.")
    def edges(self) -> list[UserEdge]:
        """Users with cursors."""
        begin = self.page.begin
        return [UserEdge(cursor=cursor.encode(begin + place), node=user) for place, user in enumerate(self.page.users)]

    @strawberry.field(description="The users of the page.")
    def nodes(self) -> list[User]:
        """Users alone."""
        return self.page.users

    @strawberry.field(description="What lies around the page.")
    def page_info(self) -> PageInfo:
        """Relay's PageInfo."""
        page = self.page
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursor.encode(page.begin) if page.users else None,
            end_cursor=cursor.encode(page.end) if page.users else None,
        )

    @strawberry.field(description="The number of users in the subscription.")
    def total_count(self) -> int:
        """All users."""
        return self.page.total


@strawberry.type(description="The user that is gone.")
class DeleteUserPayload:
    """The answer to a deletion."""

    mail: str = strawberry.field(description="The address, as it was given.")


@strawberry.type
class ProvisioningQuery:
    """Reads users."""

    @strawberry.field(description="One user. Null, with the error NOT_FOUND, if nobody has the address.")
    async def user(self, info: Info, mail: Mail) -> User | None:
        """One user."""
        return await info.context.upstreams.provisioning.get(mail, info.context.caller)

    @strawberry.field(description="Users in the upstream's order: the first of a range, or its last. 100 if not said.")
    async def users(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description="At most so many, from the start: 1 to 1000.")
        ] = UNSET,
        after: Annotated[str | None, strawberry.argument(description="Only users after this cursor.")] = UNSET,
        last: Annotated[
            int | None, strawberry.argument(description="At most so many, from the end: 1 to 1000.")
        ] = UNSET,
        before: Annotated[str | None, strawberry.argument(description="Only users before this cursor.")] = UNSET,
    ) -> UserConnection:
        """A page of users."""
        wanted = window(given(first), given(after), given(last), given(before))
        return UserConnection(page=await info.context.upstreams.provisioning.page(wanted, info.context.caller))


@strawberry.type
class ProvisioningMutation:
    """Adds and deletes users, one or many."""

    @strawberry.mutation(description="Adds a user. Returns it with the upstream's defaults filled in.")
    async def create_user(
        self, info: Info, user: Annotated[NewUser, strawberry.argument(description="The user to add.")]
    ) -> User:
        """Adds a user."""
        return await info.context.upstreams.provisioning.create(user, info.context.caller)

    @strawberry.mutation(description="Deletes (the upstream says: archives) a user.")
    async def delete_user(
        self,
        info: Info,
        mail: Mail,
        allow_missing: Annotated[
            bool | None, strawberry.argument(description="Whether a user who is not there counts as deleted.")
        ] = UNSET,
    ) -> DeleteUserPayload:
        """Deletes a user."""
        api = info.context.upstreams.provisioning
        await api.delete(mail, info.context.caller, allow_missing=bool(allow_missing))
        return DeleteUserPayload(mail=mail)

    @strawberry.mutation(description="Adds 1 to 1000 different users side by side: a result each, in their order.")
    async def create_users(
        self,
        info: Info,
        users: Annotated[list[NewUser], strawberry.argument(description="The users to add, each address once.")],
    ) -> list[ItemResult]:
        """Adds users."""
        return item_results(await info.context.bulk.users.create(users, info.context.caller))

    @strawberry.mutation(description="Deletes 1 to 1000 different users side by side: a result each, in their order.")
    async def delete_users(
        self, info: Info, mails: Annotated[list[str], strawberry.argument(description="Their addresses, each once.")]
    ) -> list[ItemResult]:
        """Deletes users."""
        return item_results(await info.context.bulk.users.delete(mails, info.context.caller))


def window(first: int | None, after: str | None, last: int | None, before: str | None) -> Window:
    """The part of the list that Relay's arguments mean."""
    if first is not None and last is not None:
        raise invalid("last", "cannot be combined with first")
    backward = last is not None
    asked = last if last is not None else first
    size = page_size(DEFAULT_PAGE if asked is None else asked, "last" if backward else "first")
    start = -1 if after is None else position_after(after)
    end = None if before is None else cursor.decode(before, "before")[0]
    return Window(size, start, end, backward)


def position_after(after: str) -> int:
    """The position of an `after`; a gRPC previous_page_token is not one."""
    position, backward = cursor.decode(after, "after")
    if backward:
        raise invalid("after", "is the token of a previous page: pass it as before")
    return position
