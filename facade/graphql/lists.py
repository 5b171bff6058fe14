"""Long lists among the variables, checked and converted ahead of execution, in slices: all at once would hold the loop.

What comes out is what a resolver takes. graphql-core is then told of an empty list, and given the converted one for it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    coerce_input_value,
    get_nullable_type,
    get_variable_values,
    is_list_type,
    type_from_ast,
    validate_input_value,
)
from graphql.pyutils import print_path_list

from facade.domain.slices import SLICE, slices
from facade.graphql.arguments import Converted, Converter, converter

MAX_ERRORS = 10  # a document, or variables, with more mistakes are not helped by the list
TOO_MANY = "Too many errors processing variables, error limit reached. Execution aborted."  # graphql-core's sentence


@dataclass(frozen=True, slots=True)
class ListVariable:
    """A variable that is a list.

    Attributes:
        node: its definition.
        kind: its type.
        convert: converts a coerced list of it.

    """

    node: VariableDefinitionNode
    kind: GraphQLInputType
    convert: Converter


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables of a request.

    Attributes:
        inputs: their values as they came; a list that is in `lists` is empty.
        lists: the long ones, converted.

    """

    inputs: dict[str, Any] = field(repr=False)
    lists: Mapping[str, Converted] = field(default_factory=dict, repr=False)


class WrongVariablesError(Exception):
    """Variables are not of their types.

    Attributes:
        errors: those that graphql-core would tell.

    """

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__()
        self.errors = tuple(errors)


def lists(schema: GraphQLSchema, chosen: OperationDefinitionNode) -> Mapping[str, ListVariable]:
    """An operation's variables that are lists, by their names."""
    found: dict[str, ListVariable] = {}
    for node in chosen.variable_definitions or ():
        kind: Any = type_from_ast(schema, node.type)
        if is_list_type(get_nullable_type(kind)):
            found[node.variable.name.value] = ListVariable(node, kind, converter(kind))
    return found


def long(value: Any) -> bool:
    """Whether a variable's value is a list that is not to be looked at in one piece."""
    return isinstance(value, list) and len(value) > SLICE


async def variables(
    schema: GraphQLSchema,
    chosen: OperationDefinitionNode,
    known: Mapping[str, ListVariable],
    inputs: dict[str, Any],
    *,
    hide_suggestions: bool,
) -> Variables:
    """The variables `inputs` of an operation, whose lists are `known`, the long ones converted.

    WrongVariablesError if one of these is not of its type, about all variables then.
    """
    found: dict[str, Converted] = {}
    wrong: dict[str, list[GraphQLError]] = {}
    for name, variable in known.items():
        if long(inputs.get(name)):
            await asyncio.sleep(0)  # reading the request took its time, too
            found[name], wrong[name] = await converted(variable, inputs[name], hide_suggestions=hide_suggestions)
    if any(wrong.values()):
        raise WrongVariablesError(all_errors(schema, chosen, inputs, wrong, hide_suggestions=hide_suggestions))
    return Variables({**inputs, **{name: [] for name in found}}, found)


async def converted(
    variable: ListVariable, values: list[Any], *, hide_suggestions: bool
) -> tuple[Converted, list[GraphQLError]]:
    """The values converted, or what is wrong with them: MAX_ERRORS errors, and one more that says if there are more."""
    found = Converted()
    errors: list[GraphQLError] = []
    place = 0

    def told(error: GraphQLError, path: list[str | int]) -> None:
        at = print_path_list([place + int(path[0]), *path[1:]])
        text = f"Variable '${variable.node.variable.name.value}' has invalid value{at}: {error.message}"
        errors.append(GraphQLError(text, variable.node, original_error=error))
        if len(errors) > MAX_ERRORS:
            raise error

    async for some in slices(values):
        coerced = coerce_input_value(some, variable.kind)
        if coerced is not Undefined:
            found += variable.convert(coerced)
        else:
            try:
                validate_input_value(some, variable.kind, told, hide_suggestions)
            except GraphQLError:
                break
        place += len(some)
    return found, errors


def all_errors(
    schema: GraphQLSchema,
    chosen: OperationDefinitionNode,
    inputs: dict[str, Any],
    wrong: Mapping[str, list[GraphQLError]],
    *,
    hide_suggestions: bool,
) -> list[GraphQLError]:
    """The errors of all variables in the order of their definitions; `wrong` are those of the long lists."""
    errors: list[GraphQLError] = []
    for node in chosen.variable_definitions or ():
        known = wrong.get(node.variable.name.value)
        if known is None:
            one = get_variable_values(schema, [node], inputs, MAX_ERRORS, hide_suggestions)
            known = one if isinstance(one, list) else []
        errors += known
    return errors if len(errors) <= MAX_ERRORS else [*errors[:MAX_ERRORS], GraphQLError(TOO_MANY)]
