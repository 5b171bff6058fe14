"""Which operations a document asks for, by their gRPC names: what its caller must be allowed to call."""

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from facade.access.operations import FIELDS
from facade.request_log import NO_OPERATION, SEVERAL_OPERATIONS

NAMES = {operation: name for name, operation in FIELDS.items()}


def operations(document: DocumentNode, chosen: OperationDefinitionNode) -> frozenset[str]:
    """The operations of all root fields, those too that a directive skips."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    return frozenset(FIELDS[name] for name in fields(chosen.selection_set, fragments) if not name.startswith("__"))


def counted_as(asked: frozenset[str]) -> str:
    """Under which operation a request is counted whose root fields are these: their field, if it is but one."""
    if len(asked) > 1:
        return SEVERAL_OPERATIONS
    return next((NAMES[operation] for operation in asked), NO_OPERATION)


def fields(root: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[str]:
    """The names of all fields there, through fragments, each of which is visited once."""
    ahead, seen = [root], set[str]()
    while ahead:
        for node in ahead.pop().selections:
            if isinstance(node, FieldNode):
                yield node.name.value
            elif isinstance(node, InlineFragmentNode):
                ahead.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                ahead.append(fragments[node.name.value].selection_set)
