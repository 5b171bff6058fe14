"""Which operations a document asks for, by their gRPC names: what its caller must be allowed to call."""

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode

from facade.access.operations import FIELDS, GATEWAYS
from facade.graphql.extent import META
from facade.graphql.references import fields
from facade.request_log import NO_OPERATION, SEVERAL_OPERATIONS

NAMES = FIELDS | GATEWAYS
COUNTED = {operation: name for name, operation in FIELDS.items()}


def operations(document: DocumentNode, chosen: OperationDefinitionNode) -> frozenset[str]:
    """The operations of all root fields, those too that a directive skips."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    names = {node.name.value for node in fields(chosen.selection_set, fragments)}
    return frozenset(NAMES[name] for name in names if not name.startswith(META))


def counted_as(asked: frozenset[str]) -> str:
    """Under which operation a request is counted whose root fields are these: their field, if it is but one."""
    if len(asked) > 1:
        return SEVERAL_OPERATIONS
    return next((COUNTED[operation] for operation in asked), NO_OPERATION)
