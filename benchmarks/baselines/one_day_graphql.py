"""A GraphQL facade of one day's work: `python -m benchmarks.baselines.one_day_graphql [--cached]`.

strawberry's own ASGI view under uvicorn, over `httpx.AsyncClient`. It serves `publishEvent`, `user` and `users` under
the names of the facade's schema, cursors aside, which are its own. With `--cached` it has strawberry's caches of parsed
and validated documents, which are off unless a team knows of them, and are most of what strawberry costs.
"""

import sys
from dataclasses import fields
from typing import Any, cast

import strawberry
from graphql import GraphQLError
from strawberry import scalars
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from benchmarks.baselines.listening import serve_http, upstream
from benchmarks.baselines.one_day_upstreams import PAGE, UpstreamError, Upstreams

Info = strawberry.Info[dict[str, Any], None]


@strawberry.input
class EventInput:
    """One event of a monitoring tool."""

    parameter_category: str | None = None
    parameter_type: str | None = None
    parameter_name: str | None = None
    parameter_id: str | None = None
    severity: str | None = None
    description: str | None = None
    messages: str | None = None
    entity: str | None = None
    entity_id: str | None = None
    env_customer_id: str | None = None
    tool_customer_name: str | None = None
    event_id: str | None = None
    first_occurrence: str | None = None
    split_by: str | None = None
    attributes: scalars.JSON | None = None


@strawberry.type
class PublishPayload:
    """What the Publish API said."""

    message: str


@strawberry.type
class User:
    """A member of the subscription."""

    mail: str
    cn: str
    sn: str
    account_admin: bool
    developer: bool
    end_user: bool
    operator: bool
    tester: bool


@strawberry.type
class PageInfo:
    """What lies after the page."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class UserConnection:
    """A page of users."""

    nodes: list[User]
    page_info: PageInfo
    total_count: int


UPSTREAMS = Upstreams(upstream())
WIRE = {field.name: field.name.replace("_", "") for field in fields(EventInput) if field.name != "attributes"}


@strawberry.type
class Query:
    """Reads."""

    @strawberry.field
    async def user(self, info: Info, mail: str) -> User | None:
        """One user."""
        try:
            return user_of(await UPSTREAMS.user(mail, authorization(info)))
        except UpstreamError as error:
            raise failure(error) from error

    @strawberry.field
    async def users(self, info: Info, first: int = PAGE, after: str | None = None) -> UserConnection:
        """A page of at most 100 users; a cursor is the index of the user before it."""
        if first < 1 or not (after or "0").isdecimal():
            raise GraphQLError("first or after is wrong.", extensions={"code": "INVALID_ARGUMENT"})
        begin = int(after) + 1 if after else 0
        try:
            page = await UPSTREAMS.users(begin, min(first, PAGE), authorization(info))
        except UpstreamError as error:
            raise failure(error) from error
        nodes = [user_of(each) for each in page["users"]]
        end = begin + len(nodes)
        following = PageInfo(has_next_page=end < page["totalUsers"], end_cursor=str(end - 1) if nodes else None)
        return UserConnection(nodes=nodes, page_info=following, total_count=page["totalUsers"])


@strawberry.type
class Mutation:
    """Writes."""

    @strawberry.mutation
    async def publish_event(self, info: Info, event: EventInput) -> PublishPayload:
        """Publishes an event."""
        body = {theirs: value for ours, theirs in WIRE.items() if (value := getattr(event, ours)) is not None}
        body |= cast("dict[str, Any]", event.attributes or {})
        try:
            return PublishPayload(message=await UPSTREAMS.publish(body, authorization(info)))
        except UpstreamError as error:
            raise failure(error) from error


def user_of(found: dict[str, Any]) -> User:
    """A user as strawberry has it."""
    return User(
        mail=found["mail"],
        cn=found["cn"],
        sn=found["sn"],
        account_admin=found["accountAdmin"],
        developer=found["developer"],
        end_user=found["endUser"],
        operator=found["operator"],
        tester=found["tester"],
    )


def authorization(info: Info) -> str:
    """The caller's credentials."""
    value = info.context["request"].headers.get("authorization")
    if value is None:
        raise GraphQLError("The request carries no credentials.", extensions={"code": "UNAUTHENTICATED"})
    return str(value)


def failure(error: UpstreamError) -> GraphQLError:
    """The error that a status means."""
    return GraphQLError(error.message, extensions={"code": error.code})


if __name__ == "__main__":
    caches = [ParserCache, ValidationCache] if "--cached" in sys.argv else []
    serve_http(GraphQL(strawberry.Schema(Query, Mutation, extensions=caches), graphql_ide=None))
