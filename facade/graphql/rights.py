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

from facade.access.operations import FIELDS, GATEWAYS
from facade.graphql.extent import META

NAMES = FIELDS | GATEWAYS


def operations(document: DocumentNode, chosen: OperationDefinitionNode) -> frozenset[str]:
    """The operations of all root fields, those too that a directive skips."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    names = {node.name.value for node in fields(chosen.selection_set, fragments)}
    return frozenset(NAMES[name] for name in names if not name.startswith(META))


def fields(root: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """All fields there, through fragments, each of which is visited once."""
    ahead, seen = [root], set[str]()
    while ahead:
        for node in ahead.pop().selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                ahead.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                ahead.append(fragments[node.name.value].selection_set)
