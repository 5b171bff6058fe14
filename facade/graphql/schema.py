"""The schema, put together from the slices; `facade/graphql/schema.graphql` is its committed text."""

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from facade.domain.publish import JsonObject
from facade.graphql.provisioning import ProvisioningMutation, ProvisioningQuery
from facade.graphql.publish import JSON, PublishMutation, PublishQuery
from facade.graphql.resolvers import taking_converted
from facade.graphql.sync import SyncSubscription
from facade.graphql.ticket import TicketMutation
from facade.graphql.token import TokenMutation


@strawberry.type(description="Reads: fields of one request run side by side.")
class Query(PublishQuery, ProvisioningQuery):
    """All queries."""


@strawberry.type(description="Writes: fields of one request run one after the other.")
class Mutation(TokenMutation, PublishMutation, TicketMutation, ProvisioningMutation):
    """All mutations."""


@strawberry.type(
    description="Operations that tell what they do while they do it: over server-sent events or WebSocket."
)
class Subscription(SyncSubscription):
    """All subscriptions."""


SCHEMA = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map={JsonObject: JSON}),
)
EXECUTABLE = taking_converted(SCHEMA._schema)


def executable() -> GraphQLSchema:
    """The schema as graphql-core executes it.

    strawberry's own `execute` logs errors with the document's literals and costs a quarter of a millisecond over
    graphql-core, which runs the same schema; there is no public way to it.
    """
    return EXECUTABLE


def sdl() -> str:
    """The schema in GraphQL's schema language."""
    return SCHEMA.as_str() + "\n"
