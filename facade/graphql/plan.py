"""A plan of an operation, made once for each document: whom to ask for what, and how to complete it.

The resolvers are the schema's own; strawberry's wrapping of them is worked out beforehand. A plan is for what goes
well; where something does not, `Outcomes` has what was resolved so far, and the plain executor goes on from there, so
that nothing is asked twice and every error is told by the same code.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    NullValueNode,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    get_argument_values,
    get_variable_values,
)

from facade.graphql.arguments import arguments
from facade.graphql.completion import Completer, completer
from facade.graphql.context import Context
from facade.graphql.lists import Variables
from facade.graphql.outcomes import Outcomes, UnfinishedError
from facade.graphql.resolvers import Info
from facade.graphql.selection import DEFINITION, Fragments, NoPlanError, collected

SCALARS = (StringValueNode, IntValueNode, FloatValueNode, BooleanValueNode, NullValueNode)


@dataclass(frozen=True, slots=True)
class Root:
    """A root field.

    Attributes:
        key: its name in the answer.
        definition: the schema's.
        resolve: its resolver, as it is written.
        keywords: makes what it takes of coerced arguments.
        node: its first node.
        complete: completes its result.
        required: whether there is no data without it.
        arguments: its arguments where no variable is among them.

    """

    key: str
    definition: GraphQLField
    resolve: Callable[..., Any]
    keywords: Callable[[Mapping[str, Any]], dict[str, Any]]
    node: FieldNode
    complete: Completer
    required: bool
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for an operation.

    Attributes:
        schema: the schema.
        chosen: the operation.
        roots: its fields in their order.

    """

    schema: GraphQLSchema
    chosen: OperationDefinitionNode
    roots: Sequence[Root]

    async def data(self, context: Context, variables: Variables) -> dict[str, Any]:
        """The answer's data. UnfinishedError if something is not as it ought to be."""
        outcomes = Outcomes()
        arguments = self._arguments(variables)
        info = Info(context)
        if len(self.roots) == 1 or self.chosen.operation is OperationType.MUTATION:
            for root in self.roots:
                await resolved(root, arguments[root.key], info, outcomes)
                if root.key in outcomes.errors and root.required:
                    break
        else:
            outcomes = await self._side_by_side(arguments, info)
        if outcomes.errors:
            raise UnfinishedError(outcomes)
        try:
            return {root.key: root.complete(outcomes.results[root.key]) for root in self.roots}
        except Exception:  # noqa: BLE001 - whatever it is, the plain executor tells it
            raise UnfinishedError(outcomes) from None

    def _arguments(self, variables: Variables) -> dict[str, Mapping[str, Any]]:
        """The arguments of each field."""
        given = None
        if self.chosen.variable_definitions:
            found = get_variable_values(self.schema, self.chosen.variable_definitions, variables.inputs)
            if isinstance(found, list):
                raise UnfinishedError(Outcomes())
            given = found
            given.coerced.update(variables.lists)
        try:
            return {
                root.key: get_argument_values(root.definition, root.node, given)
                if root.arguments is None
                else root.arguments
                for root in self.roots
            }
        except GraphQLError:
            raise UnfinishedError(Outcomes()) from None

    async def _side_by_side(self, arguments: Mapping[str, Mapping[str, Any]], info: Info) -> Outcomes:
        """All fields at a time, as far as the answer can still have data."""
        outcomes = Outcomes()
        tasks = {asyncio.create_task(resolved(root, arguments[root.key], info, outcomes)): root for root in self.roots}
        waiting = set(tasks)
        try:
            while waiting and not any(root.required and root.key in outcomes.errors for root in self.roots):
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        required = {root.key for root in self.roots if root.required}
        return replace(outcomes, stopped=frozenset(tasks[task].key for task in waiting) | outcomes.cut(required))


async def resolved(root: Root, arguments: Mapping[str, Any], info: Info, outcomes: Outcomes) -> None:
    """Calls the field's resolver and notes what it leads to."""
    try:
        result = root.resolve(None, info=info, **root.keywords(arguments))
        if isinstance(result, Awaitable):
            result = await result
    except Exception as error:  # noqa: BLE001 - told by the plain executor
        outcomes.errors[root.key] = error
    else:
        outcomes.results[root.key] = result
    outcomes.order.append(root.key)


def planned(schema: GraphQLSchema, document: DocumentNode, chosen: OperationDefinitionNode) -> Plan | None:
    """The plan of an operation, or None where it has something that plans are not made for."""
    kinds = {OperationType.QUERY: schema.query_type, OperationType.MUTATION: schema.mutation_type}
    kind = kinds.get(chosen.operation)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    try:
        if kind is None or chosen.directives:
            return None
        selected = collected(kind, [chosen.selection_set], fragments)
        roots = [root(kind, key, nodes, fragments) for key, nodes in selected.items()]
    except NoPlanError:
        return None
    return Plan(schema, chosen, roots)


def root(kind: GraphQLObjectType, key: str, nodes: Sequence[FieldNode], fragments: Fragments) -> Root:
    """What to do for a root field."""
    node = nodes[0]
    definition = kind.fields.get(node.name.value)
    if definition is None or DEFINITION not in definition.extensions:
        raise NoPlanError  # __typename, __schema
    resolver = definition.extensions[DEFINITION].base_resolver
    if resolver is None or not (resolver.self_parameter and resolver.info_parameter):
        raise NoPlanError
    return Root(
        key,
        definition,
        resolver.wrapped_func,
        arguments(definition.args),
        node,
        completer(definition.type, nodes, fragments),
        isinstance(definition.type, GraphQLNonNull),
        constant(definition, node),
    )


def constant(definition: GraphQLField, node: FieldNode) -> Mapping[str, Any] | None:
    """The arguments of a field where they are the same each time, and no resolver could change them."""
    if not all(isinstance(argument.value, SCALARS) for argument in node.arguments or ()):
        return None
    try:
        return get_argument_values(definition, node)
    except GraphQLError:
        return None
