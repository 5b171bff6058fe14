"""What root fields are: what their caller must be allowed to call, and what a request for them is counted as."""

from facade.access.operations import FIELDS, GATEWAYS
from facade.request_log import NO_OPERATION, SEVERAL_OPERATIONS

NAMES = FIELDS | GATEWAYS


def operations(names: frozenset[str]) -> frozenset[str]:
    """The operations that root fields of these names are, by their gRPC names."""
    return frozenset(NAMES[name] for name in names)


def counted_as(names: frozenset[str]) -> str:
    """Under which operation a request is counted whose root fields have these names: their own, if it is but one."""
    return SEVERAL_OPERATIONS if len(names) > 1 else next(iter(names), NO_OPERATION)
