"""The entities that an operation of a gateway refers to: each is a call to an upstream, as a root field is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    ListValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)

from facade.graphql.roots import META, fields

FIELD, ARGUMENT = "_entities", "representations"


@dataclass(frozen=True, slots=True)
class References:
    """Where an operation has its representations.

    Attributes:
        beside: how many calls it makes beside them.
        names: the variables that hold them.
        defaults: what such a variable holds if it is not given.

    """

    beside: int
    names: Sequence[str]
    defaults: Mapping[str, Any]

    def calls(self, variables: Mapping[str, Any]) -> int:
        """How many calls to upstreams the operation makes with these variables, at most."""
        held = (variables.get(name, self.defaults.get(name)) for name in self.names)
        return self.beside + sum(len(distinct(each)) for each in held)


def references(document: DocumentNode, chosen: OperationDefinitionNode) -> References | None:
    """The entities that the operation refers to, or None if it has no field for them."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    roots = {(node.alias or node.name).value: node for node in fields(chosen.selection_set, fragments)}
    lists = [
        argument.value
        for node in roots.values()
        if node.name.value == FIELD
        for argument in node.arguments or ()
        if argument.name.value == ARGUMENT
    ]
    if not lists:
        return None
    others = sum(not node.name.value.startswith((*META, FIELD)) for node in roots.values())
    names = [each.name.value for each in lists if isinstance(each, VariableNode)]
    defaults = {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in chosen.variable_definitions or ()
        if each.default_value is not None
    }
    return References(others + sum(map(written, lists)), names, defaults)


def written(value: ValueNode) -> int:
    """How many representations stand in the document itself."""
    if isinstance(value, VariableNode):
        return 0
    return len(value.values) if isinstance(value, ListValueNode) else 1


def distinct(representations: Any) -> set[str]:
    """The addresses of the users among them; graphql-core takes one representation for a list of one."""
    return {mail for _, mail in mails(representations if isinstance(representations, list) else [representations])}


def mails(representations: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """Place and address of each representation that is one of a user."""
    for place, each in enumerate(representations):
        if isinstance(each, dict) and each.get("__typename") == "User" and isinstance(each.get("mail"), str):
            yield place, each["mail"]
