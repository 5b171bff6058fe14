"""The operations, as both schemas have them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from graphql import GraphQLField, GraphQLSchema

from facade.access.operations import FIELDS
from facade.console.examples import messages, selection, variables


@dataclass(frozen=True, slots=True)
class Rpc:
    """A method of gRPC.

    Attributes:
        package: the Python package of its messages, such as `facade.v1`.
        module: their module there, such as `token`.
        service: the service's short name.
        name: the method's.
        asked: the name of its request.
        requests: what to send; several where it takes a stream.
        takes_stream: whether it does.
        gives_stream: whether it answers with one.

    """

    package: str
    module: str
    service: str
    name: str
    asked: str
    requests: list[dict[str, Any]]
    takes_stream: bool
    gives_stream: bool

    @property
    def path(self) -> str:
        """Where it is called."""
        return f"{self.package}.{self.service}/{self.name}"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of GraphQL's root types.

    Attributes:
        kind: "query", "mutation" or "subscription".
        name: its own.
        text: what the schema says of it.
        document: a document that asks for it.
        variables: the document's.

    """

    kind: str
    name: str
    text: str
    document: str
    variables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, and the field that is the same over GraphQL, or None where there is none."""

    rpc: Rpc
    field: Field | None


def operations(files: Iterable[FileDescriptor], schema: GraphQLSchema) -> list[Operation]:
    """All of them, in the contract's order."""
    fields = {FIELDS[field.name]: field for field in root_fields(schema)}
    return [
        Operation(rpc(method), fields.get(f"{service.name}/{method.name}"))
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
    ]


def rpc(method: MethodDescriptor) -> Rpc:
    """What the contract says of a method."""
    service = method.containing_service
    module = service.file.name.rpartition("/")[2].removesuffix(".proto")
    return Rpc(
        service.file.package,
        module,
        service.name,
        method.name,
        method.input_type.name,
        messages(method.input_type) if method.client_streaming else messages(method.input_type)[:1],
        method.client_streaming,
        method.server_streaming,
    )


def root_fields(schema: GraphQLSchema) -> Iterator[Field]:
    """The fields that are operations; others serve federation and tools."""
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    for kind, root in roots.items():
        for name, field in root.fields.items() if root else ():
            if name in FIELDS:
                yield Field(kind, name, field.description or "", document(kind, name, field), variables(field.args))


def document(kind: str, name: str, field: GraphQLField) -> str:
    """A document that asks for all that the field gives, with a variable for each argument that an example has."""
    used = variables(field.args)
    declared = ", ".join(f"${each}: {field.args[each].type}" for each in used)
    passed = ", ".join(f"{each}: ${each}" for each in used)
    head = f"{kind}({declared})" if declared else kind
    return f"{head} {{ {name}{f'({passed})' if passed else ''}{selection(field.type)} }}"


def as_json(what: object) -> str:
    """JSON on one line."""
    return json.dumps(what, ensure_ascii=False)
