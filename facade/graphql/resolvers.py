"""The schema's resolvers, called without strawberry's wrapping."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_nullable_type, is_list_type

from facade.graphql.arguments import Converted, arguments
from facade.graphql.context import Context
from facade.graphql.selection import DEFINITION


@dataclass(frozen=True, slots=True)
class Info:
    """What our resolvers need of strawberry's Info."""

    context: Context


def taking_converted(schema: GraphQLSchema) -> GraphQLSchema:
    """The schema, whose fields that take lists also take converted ones, which strawberry would convert again."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for field in kind.fields.values():
                if any(is_list_type(get_nullable_type(each.type)) for each in field.args.values()):
                    if field.subscribe is not None:
                        field.subscribe = either(field, field.subscribe)
                    else:
                        field.resolve = either(field, field.resolve)
    return schema


def either(field: GraphQLField, theirs: Callable[..., Any] | None) -> Callable[..., Any]:
    """Strawberry's resolver of the field, or ours for what is converted already."""
    assert theirs is not None, "a field with arguments has a resolver"  # noqa: S101 - for the type checker
    ours = field.extensions[DEFINITION].base_resolver.wrapped_func
    keywords = arguments(field.args)

    def resolve(source: Any, info: Any, **given: Any) -> Any:
        if any(type(value) is Converted for value in given.values()):
            return ours(None, info=Info(info.context), **keywords(given))
        return theirs(source, info, **given)

    return resolve
