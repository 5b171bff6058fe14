"""How the arguments of a field become what its resolver takes, worked out once: what strawberry finds out at each call.

graphql-core has coerced and checked the values before. What is left is names, and the classes of input types.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import (
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_scalar_type,
)

from facade.graphql.selection import DEFINITION, NoPlanError

Converter: TypeAlias = Callable[[Any], Any]


class Converted(list[Any]):
    """A list whose items a resolver takes as they are: they were converted before the operation was executed."""


def arguments(defined: Mapping[str, GraphQLArgument]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What makes keyword arguments for a resolver of the coerced arguments of its field."""
    known = {name: (each.extensions[DEFINITION].python_name, converter(each.type)) for name, each in defined.items()}
    return renaming(known)


def renaming(known: Mapping[str, tuple[str, Converter]]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What gives each value that there is its name in Python, converted."""

    def convert(values: Mapping[str, Any]) -> dict[str, Any]:
        converted = {}
        for name, value in values.items():
            python_name, change = known[name]
            converted[python_name] = value if value is None else change(value)
        return converted

    return convert


def converter(kind: GraphQLInputType) -> Converter:
    """What converts a coerced value of this type that is not None."""
    if isinstance(kind, GraphQLNonNull):
        return converter(kind.of_type)
    if isinstance(kind, GraphQLList):
        one = converter(kind.of_type)
        return lambda values: (
            values if type(values) is Converted else [value if value is None else one(value) for value in values]
        )
    if isinstance(kind, GraphQLInputObjectType):
        made = kind.extensions[DEFINITION].origin
        fields = renaming(
            {
                name: (field.extensions[DEFINITION].python_name, converter(field.type))
                for name, field in kind.fields.items()
            }
        )
        return lambda value: made(**fields(value))
    if is_scalar_type(kind):
        return same
    raise NoPlanError


def same(value: Any) -> Any:
    """A scalar's value, which graphql-core has read already."""
    return value
