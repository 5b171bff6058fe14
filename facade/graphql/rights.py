"""Which operations a document asks for: what its caller must be allowed to call, and what it is counted as."""

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode

from facade.access.operations import FIELDS, GATEWAYS
from facade.graphql.extent import META
from facade.graphql.references import fields
from facade.request_log import NO_OPERATION, SEVERAL_OPERATIONS

NAMES = FIELDS | GATEWAYS


def asked(document: DocumentNode, chosen: OperationDefinitionNode) -> frozenset[str]:
    """The names of all root fields that are operations, those too that a directive skips."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    names = {node.name.value for node in fields(chosen.selection_set, fragments)}
    return frozenset(name for name in names if not name.startswith(META))


def operations(names: frozenset[str]) -> frozenset[str]:
    """The operations that root fields of these names are, by their gRPC names."""
    return frozenset(NAMES[name] for name in names)


def counted_as(names: frozenset[str]) -> str:
    """Under which operation a request is counted whose root fields have these names: their own, if it is but one."""
    return SEVERAL_OPERATIONS if len(names) > 1 else next(iter(names), NO_OPERATION)
