"""What a client must have called and met, read from what the facade publishes and from its table of errors."""

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from graphql import build_schema

from clients.client import Face
from facade.errors import Reason

PACKAGE = "facade.v1"
HEALTH = "grpc.health.v1.Health/Check"  # served beside ours, and not in our descriptor

# Reasons that a caller does not meet at the sandbox as it is started here, by what they need.
LEFT_OUT: dict[Reason, str] = {
    Reason.QUERY_NOT_TRUSTED: "a facade with trusted documents",
    Reason.CALLER_NOT_AUTHENTICATED: "a facade that authenticates its callers",
    Reason.OPERATION_NOT_ALLOWED: "a facade that authenticates its callers",
    Reason.UPSTREAM_CREDENTIALS_REJECTED: "a facade with accounts of its own",
    Reason.UPSTREAM_NOT_CONFIGURED: "a facade without an upstream",
    Reason.OVERLOADED: "more requests than a process serves",
    Reason.RATE_LIMITED: "more requests than one caller may have",
    Reason.SHUTTING_DOWN: "a facade that stops",
    Reason.LIST_CHANGED: "a list of users that changes while it is read",
    Reason.INTERNAL: "a defect of the facade",
}
GRAPHQL_ALONE = {Reason.QUERY_TOO_LARGE, Reason.PERSISTED_QUERY_NOT_FOUND}
# gRPC clients repeat a read that failed so, as the service config says, and that must succeed then.
RETRIED = {Reason.UPSTREAM_UNREACHABLE}
REASONS: dict[Face, set[str]] = {
    "gRPC": {reason.value for reason in Reason} - LEFT_OUT.keys() - GRAPHQL_ALONE - RETRIED,
    "GraphQL": {reason.value for reason in Reason} - LEFT_OUT.keys(),
}


def rpcs(descriptor: bytes) -> set[str]:
    """All rpcs of a FileDescriptorSet as `package.Service/Method`, and the health check."""
    files = FileDescriptorSet.FromString(descriptor).file
    ours = [(file.package, service) for file in files if file.package == PACKAGE for service in file.service]
    return {f"{package}.{service.name}/{method.name}" for package, service in ours for method in service.method} | {
        HEALTH
    }


def root_fields(sdl: bytes) -> set[str]:
    """All root fields of a GraphQL schema as `Query.field`."""
    schema = build_schema(sdl.decode())
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    return {f"{root.name}.{field}" for root in roots if root for field in root.fields}
