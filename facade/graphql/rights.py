"""Which operations a document asks for, by their gRPC names: what its caller must be allowed to call."""

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode

from facade.access.operations import FIELDS, GATEWAYS
from facade.graphql.extent import META
from facade.graphql.references import fields

NAMES = FIELDS | GATEWAYS


def operations(document: DocumentNode, chosen: OperationDefinitionNode) -> frozenset[str]:
    """The operations of all root fields, those too that a directive skips."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    names = {node.name.value for node in fields(chosen.selection_set, fragments)}
    return frozenset(NAMES[name] for name in names if not name.startswith(META))
