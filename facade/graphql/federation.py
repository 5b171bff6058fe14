"""GraphQL as a subgraph of Apollo Federation 2: what a gateway asks beside what everybody may ask.

A user is an entity: other subgraphs refer to one by its address, and the gateway asks here for the rest. See
https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec.
"""

from dataclasses import replace
from functools import cache
from typing import Annotated, NewType

import strawberry
from graphql import DefinitionNode, DocumentNode, GraphQLSchema, ObjectTypeDefinitionNode, parse, print_ast
from strawberry.schema.config import StrawberryConfig

from facade.domain.provisioning import User
from facade.domain.publish import JsonObject
from facade.errors import FacadeError, invalid
from facade.graphql import schema
from facade.graphql.context import Context, Info
from facade.graphql.publish import JSON
from facade.graphql.references import ARGUMENT, FIELD, mails
from facade.graphql.resolvers import taking_converted

# The first version of the specification is enough, so that every gateway of Federation 2 will do.
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key", "@shareable"])'
# Relay's PageInfo is the same wherever there is one: subgraphs must say so, or they do not compose.
MARKS = {
    node.name.value: node.directives or ()
    for node in parse('type User @key(fields: "mail") type PageInfo @shareable').definitions
    if isinstance(node, ObjectTypeDefinitionNode)
}
WANTED = 'must be {__typename: "User", mail: …}'

Representation = NewType("Representation", object)
ANY = strawberry.scalar(name="_Any", description="A reference to an entity: its `__typename`, and its key.")
Entity = Annotated[User, strawberry.union("_Entity", description="What other subgraphs can refer to.")]


@strawberry.type(name="_Service", description="What a gateway must know of this subgraph.")
class Service:
    """The answer to a gateway that makes its schema."""

    sdl: str = strawberry.field(description="The schema of this subgraph, in GraphQL's schema language.")


@strawberry.type(name="Query", description="Reads: fields of one request run side by side.")
class SubgraphQuery(schema.Query):
    """All queries, and those of gateways."""

    @strawberry.field(name=FIELD, description="The entities that are referred to, in that order. Null, with an error.")
    async def entities(self, info: Info, representations: list[Representation]) -> list[Entity | None]:
        """The entities, and the failures, which graphql-core tells each at its place."""
        return await resolved(representations, info.context)  # type: ignore[return-value]

    @strawberry.field(name="_service", description="What a gateway must know of this subgraph.")
    def service(self, info: Info) -> Service:  # noqa: ARG002 - plans are for resolvers that take it
        """Its schema."""
        return Service(sdl=sdl())


async def resolved(representations: list[Representation], context: Context) -> list[User | FacadeError]:
    """The users that are referred to, each asked for once, or why there is none."""
    known = dict(mails(representations))
    found = await context.bulk.users.find(list(known.values()), context.caller) if known else {}
    return [
        found[known[place]] if place in known else invalid(f"{ARGUMENT}[{place}]", WANTED)
        for place in range(len(representations))
    ]


@cache
def executable() -> GraphQLSchema:
    """The schema of the subgraph as graphql-core executes it (see `schema.executable`)."""
    made = strawberry.Schema(
        query=SubgraphQuery,
        mutation=schema.Mutation,
        subscription=schema.Subscription,
        config=StrawberryConfig(scalar_map={JsonObject: JSON, Representation: ANY}),
    )
    return taking_converted(made._schema)


@cache
def sdl() -> str:
    """The schema of the subgraph as gateways compose it: that of all, with the entity's key.

    `_entities` and `_service` are not in it: every subgraph has them.
    """
    definitions = map(marked, parse(schema.sdl()).definitions)
    return print_ast(DocumentNode(definitions=(*parse(LINK).definitions, *definitions))) + "\n"


def marked(node: DefinitionNode) -> DefinitionNode:
    """A definition with the directives that are its in a subgraph."""
    if not isinstance(node, ObjectTypeDefinitionNode):
        return node
    return replace(node, directives=(*(node.directives or ()), *MARKS.get(node.name.value, ())))
