"""What a document selects of an object type, for a plan. Fragments are taken apart; each is visited once."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
)

DEFINITION = "strawberry-definition"  # where strawberry keeps its own view of a type, a field or an argument
Fragments: TypeAlias = Mapping[str, FragmentDefinitionNode]


class NoPlanError(Exception):
    """The selection has something that no plan is made for: directives, arguments, other kinds of types."""


class Selection:
    """The fields that are selected of a type by their key in the answer, in their order.

    Attributes:
        fields: each field's nodes.

    """

    def __init__(self, kind: GraphQLObjectType, fragments: Fragments) -> None:
        self._kind = kind
        self._fragments = fragments
        self._seen: set[str] = set()
        self.fields: dict[str, list[FieldNode]] = {}

    def add(self, selections: SelectionSetNode) -> None:
        """Adds what is selected there."""
        for node in selections.selections:
            if node.directives:
                raise NoPlanError
            self._add(node)

    def _add(self, node: SelectionNode) -> None:
        match node:
            case FieldNode():
                self.fields.setdefault((node.alias or node.name).value, []).append(node)
            case InlineFragmentNode():
                self._within(node)
            case FragmentSpreadNode() if node.name.value not in self._seen:
                self._seen.add(node.name.value)
                self._within(self._fragments[node.name.value])

    def _within(self, fragment: InlineFragmentNode | FragmentDefinitionNode) -> None:
        if fragment.directives or (fragment.type_condition and fragment.type_condition.name.value != self._kind.name):
            raise NoPlanError
        self.add(fragment.selection_set)


def collected(
    kind: GraphQLObjectType, sets: Sequence[SelectionSetNode | None], fragments: Fragments
) -> dict[str, list[FieldNode]]:
    """The selected fields of an object type. NoPlanError if there is something else."""
    selection = Selection(kind, fragments)
    for selections in sets:
        if selections is None:
            raise NoPlanError
        selection.add(selections)
    return selection.fields
