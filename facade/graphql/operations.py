"""Operations: what a request asks for, found in its document, which may be sent, or be known by its hash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import GraphQLError, GraphQLSchema, OperationType

from facade.access.operations import FIELDS
from facade.errors import invalid
from facade.graphql.documents import Document, Documents, Prepared, failed
from facade.graphql.errors import VARIABLES, discreet
from facade.graphql.extent import Bounds, too_large
from facade.graphql.lists import long
from facade.graphql.persisted import PersistedQueries
from facade.graphql.request import GraphQLRequest
from facade.graphql.trusted import TrustedDocuments
from facade.traces.conventions import graphql

TAKES_A_PASSWORD = FIELDS["generateToken"]


class NotExecutedError(Exception):
    """The document, or the variables, are wrong; nothing was executed."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__()
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, and what it is asked with."""

    prepared: Prepared
    request: GraphQLRequest

    @property
    def streams(self) -> bool:
        """Whether it is a subscription."""
        return self.prepared.streams

    @property
    def mutates(self) -> bool:
        """Whether it is a mutation."""
        return self.prepared.chosen.operation is OperationType.MUTATION

    @property
    def long(self) -> bool:
        """Whether there is a list among its variables that is not to be looked at in one piece."""
        given = self.request.variables
        return any(long(given.get(name)) for name in self.prepared.lists)

    @property
    def name(self) -> str:
        """What the log calls it."""
        return self.prepared.label

    @property
    def described(self) -> bytes:
        """What its span is."""
        chosen = self.prepared.chosen
        name = chosen.name.value if chosen.name else ""
        return graphql(chosen.operation.value, name, self.prepared.operations)


def not_executed(operation: Operation, errors: Sequence[GraphQLError]) -> NotExecutedError:
    """What is told where the variables do not fit."""
    return NotExecutedError(discreet(errors) if TAKES_A_PASSWORD in operation.prepared.operations else errors)


class Operations:
    """Finds operations.

    Args:
        schema: what documents are valid against.
        introspection: whether the schema may be asked for.
        bounds: how much a document and its variables may hold.
        trusted: the documents that may be executed, by their SHA-256, or None where any may. UntrustworthyError if one
            of them is not valid.

    """

    def __init__(
        self, schema: GraphQLSchema, *, introspection: bool, bounds: Bounds, trusted: Mapping[str, str] | None
    ) -> None:
        self._bounds = bounds
        self._documents = Documents(schema, introspection=introspection, bounds=bounds)
        self._persisted = PersistedQueries(self._documents.read)
        self._trusted = None if trusted is None else TrustedDocuments(trusted, self._documents.read)

    def asked(self, request: GraphQLRequest) -> Operation:
        """The operation that is asked for. NotExecutedError if there is none that is valid."""
        document = self._document(request)
        if document.node is None:
            raise NotExecutedError(document.errors)
        try:
            prepared = self._documents.operation(document, request.operation_name)
        except GraphQLError as error:
            raise NotExecutedError([error]) from None
        for name in prepared.lists:  # now, since looking at each item takes its time
            given = request.variables.get(name)
            if isinstance(given, list) and len(given) > self._bounds.items:
                failure = invalid(f"{VARIABLES}{name}", f"has more than {self._bounds.items} items")
                raise NotExecutedError(failed(failure).errors)
        refers = prepared.references
        if refers is not None and refers.calls(request.variables) > self._bounds.calls:
            text = (
                f"The operation has more than {self._bounds.calls} root fields and entities, each of which is a call."
            )
            raise NotExecutedError(failed(too_large(text)).errors)
        return Operation(prepared, request)

    def _document(self, request: GraphQLRequest) -> Document:
        if self._trusted is not None:
            return self._trusted.document(request.query, request.persisted)
        if request.persisted is None:
            return self._documents.read(request.query)
        return self._persisted.document(request.query, request.persisted)
