"""How a resolver's result becomes data, worked out once for each selection: what graphql-core does leaf by leaf.

A completer takes the result and returns what is to be sent. It is for results as they ought to be: anything else (a
null that must not be, a value of another type, a resolver that fails) makes it raise, whatever it is, and the plain
executor completes the same result instead, and tells what is wrong in its own words.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    GraphQLUnionType,
)
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

from facade.graphql.selection import DEFINITION, Fragments, NoPlanError, collected

Completer: TypeAlias = Callable[[Any], Any]
Field: TypeAlias = tuple[str | Completer, Completer]
TYPENAME = "__typename"
Selected: TypeAlias = Mapping[str, Sequence[FieldNode]]


def completer(kind: GraphQLOutputType, nodes: Sequence[FieldNode], fragments: Fragments) -> Completer:
    """What completes results of this type, with the selections of `nodes`."""
    if isinstance(kind, GraphQLNonNull):
        return required(kind.of_type, nodes, fragments)
    inner = required(kind, nodes, fragments)
    return lambda value: None if value is None else inner(value)


def required(kind: GraphQLOutputType, nodes: Sequence[FieldNode], fragments: Fragments) -> Completer:
    """The same for results that are not None."""
    if kind in LEAVES:
        return LEAVES[kind]
    if isinstance(kind, GraphQLList):
        return listed(completer(kind.of_type, nodes, fragments))
    if isinstance(kind, GraphQLUnionType) and len(kind.types) == 1:
        kind = kind.types[0]
    if isinstance(kind, GraphQLObjectType):
        return complete_object(kind, collected(kind, [node.selection_set for node in nodes], fragments), fragments)
    raise NoPlanError


def listed(one: Completer) -> Completer:
    """A list of results."""
    if isinstance(one, Attributes):
        return one.many

    def complete(values: list[Any]) -> list[Any]:
        if type(values) is not list:
            raise TypeError
        return [one(value) for value in values]

    return complete


def complete_object(kind: GraphQLObjectType, selected: Selected, fragments: Fragments) -> Completer:
    """An object: its fields one by one, or all together where they are attributes that hold texts and booleans."""
    origin = kind.extensions[DEFINITION].origin
    fields = {key: field(kind, nodes, fragments) for key, nodes in selected.items()}
    plain = all(isinstance(get, str) and complete in PLAIN for get, complete in fields.values())
    if plain and len(fields) > 1:
        return Attributes(origin, {key: (str(get), PLAIN[complete]) for key, (get, complete) in fields.items()})
    steps = [
        (key, attrgetter(get) if isinstance(get, str) else get, complete) for key, (get, complete) in fields.items()
    ]

    def complete(value: Any) -> dict[str, Any]:
        if type(value) is not origin:
            raise TypeError
        return {key: complete(get(value)) for key, get, complete in steps}

    return complete


class Attributes:
    """Completes objects of which all that is selected are attributes with values of just these types.

    Args:
        origin: the objects' class.
        fields: name and type of the attribute, by key in the answer; two at least.

    """

    def __init__(self, origin: type, fields: Mapping[str, tuple[str, type]]) -> None:
        self._origin = origin
        self._keys = tuple(fields)
        self._get = attrgetter(*(name for name, _ in fields.values()))
        self._kinds = tuple(kind for _, kind in fields.values())

    def __call__(self, value: Any) -> dict[str, Any]:
        """One object."""
        return self.many([value])[0]

    def many(self, values: list[Any]) -> list[dict[str, Any]]:
        """Many: looked at by columns, for which the interpreter takes a step each instead of one for each value."""
        if type(values) is not list or not set(map(type, values)) <= {self._origin}:
            raise TypeError
        rows = list(map(self._get, values))
        for column, kind in zip(zip(*rows), self._kinds):  # noqa: B905 - no columns, if there are no rows
            if set(map(type, column)) != {kind}:
                raise TypeError
        keys = self._keys
        return [dict(zip(keys, row)) for row in rows]  # noqa: B905 - as many by their making


def field(kind: GraphQLObjectType, nodes: Sequence[FieldNode], fragments: Fragments) -> Field:
    """How the field's value is got of its object (by the name of an attribute, or a function), and completed."""
    name = nodes[0].name.value
    if name == TYPENAME:
        return lambda _value: kind.name, text
    definition: GraphQLField | None = kind.fields.get(name)
    if definition is None or definition.args:
        raise NoPlanError
    ours = definition.extensions[DEFINITION]
    complete = completer(definition.type, nodes, fragments)
    if ours.is_basic_field:
        return ours.python_name, complete
    if ours.is_async or ours.base_resolver.info_parameter is not None or definition.resolve is None:
        raise NoPlanError
    resolve = definition.resolve
    return lambda value: resolve(value, None), complete


def text(value: Any) -> str:
    """A String."""
    if isinstance(value, str):
        return value
    raise TypeError


def boolean(value: Any) -> bool:
    """A Boolean."""
    if type(value) is bool:
        return value
    raise TypeError


def integer(value: Any) -> int:
    """An Int, of 32 bits."""
    if type(value) is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
        return value
    raise TypeError


LEAVES: dict[Any, Completer] = {GraphQLString: text, GraphQLBoolean: boolean, GraphQLInt: integer}
PLAIN: dict[Completer, type] = {text: str, boolean: bool}
