"""The operations by their gRPC names, the patterns over them, and the GraphQL field that is the same operation."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

# Each root field, and the rpc that does the same.
FIELDS = {
    "generateToken": "TokenService/GenerateToken",
    "publishEvent": "PublishService/PublishEvent",
    "publishMetric": "PublishService/PublishMetric",
    "publishEntityTopology": "PublishService/PublishEntityTopology",
    "publishServiceTopology": "PublishService/PublishServiceTopology",
    "publishHealthcheck": "PublishService/PublishHealthcheck",
    "publishBatch": "PublishService/PublishBatch",
    "publishHealth": "PublishService/CheckHealth",
    "updateTicket": "TicketService/UpdateTicket",
    "updateTickets": "TicketService/UpdateTickets",
    "users": "ProvisioningService/ListUsers",
    "user": "ProvisioningService/GetUser",
    "createUser": "ProvisioningService/CreateUser",
    "deleteUser": "ProvisioningService/DeleteUser",
    "createUsers": "ProvisioningService/CreateUsers",
    "deleteUsers": "ProvisioningService/DeleteUsers",
    "syncUsers": "ProvisioningService/SyncUsers",
}
# The fields of gateways, where the facade is a subgraph of Apollo Federation.
GATEWAYS = {"_entities": "ProvisioningService/GetUser"}
# Streams of gRPC that are pages and batches in GraphQL.
GRPC_ONLY = frozenset({"PublishService/PublishStream", "ProvisioningService/StreamUsers"})
OPERATIONS = GRPC_ONLY | frozenset(FIELDS.values())


def matching(patterns: Iterable[str]) -> frozenset[str]:
    """The operations that one of the patterns matches. ValueError with a pattern that matches none: a slip."""
    found: set[str] = set()
    for pattern in patterns:
        some = {operation for operation in OPERATIONS if fnmatchcase(operation, pattern)}
        if not some:
            raise ValueError(pattern)
        found |= some
    return frozenset(found)
