"""GraphQL documents: parsed and validated once, refused when they are too large to be honest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from facade.errors import FacadeError
from facade.graphql import extent
from facade.graphql.extent import DEFAULT, Bounds, measured, too_large
from facade.graphql.lists import MAX_ERRORS, ListVariable, lists
from facade.graphql.plan import Plan, planned
from facade.graphql.recent import Recent
from facade.graphql.references import References, references
from facade.graphql.rights import counted_as, operations
from facade.graphql.roots import Roots

MAX_COMMENTS = 500
MAX_LENGTH = 100_000  # characters
KEPT = 512  # documents kept, none longer than LONGEST_KEPT
LONGEST_KEPT = 8192  # characters
MOST_CHARACTERS = 512 * 1024  # of all of them; a parsed document takes up to 130 times the memory of its text
FIELDS_LOGGED = 5
TOO_LONG = re.compile(r"Syntax Error: (Document contains more than \d+ (?:tokens|comments)\.)")


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation of a valid document.

    Attributes:
        document: the document.
        chosen: the operation.
        plan: how to execute it, or None where the plain executor does.
        label: what the log calls it: its kind and its first fields, which are names of the schema.
        counted_as: the operation that it is counted as; see `rights.counted_as`.
        operations: the operations that its root fields are, by their gRPC names.
        lists: its variables that are lists, by their names.
        references: the entities that it refers to, or None if it is not a gateway's.

    """

    document: DocumentNode
    chosen: OperationDefinitionNode
    plan: Plan | None
    label: str
    counted_as: str
    operations: frozenset[str]
    lists: Mapping[str, ListVariable]
    references: References | None

    @property
    def streams(self) -> bool:
        """Whether it is a subscription."""
        return self.chosen.operation is OperationType.SUBSCRIPTION


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is valid, and the root fields of its operations by their names; or the errors that it has."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    roots: Mapping[str | None, Roots] = field(default_factory=dict, compare=False)
    operations: dict[str | None, Prepared] = field(default_factory=dict, compare=False)


class Documents:
    """Reads documents against one schema.

    Args:
        schema: what documents are valid against.
        introspection: whether `__schema` and `__type` may be asked, and errors may suggest names.
        bounds: how much a document may ask for.

    """

    def __init__(self, schema: GraphQLSchema, *, introspection: bool, bounds: Bounds = DEFAULT) -> None:
        self._schema = schema
        self._bounds = bounds
        self._introspection = introspection
        self._rules = [*specified_rules, *([] if introspection else [NoSchemaIntrospectionCustomRule])]
        self._kept = Recent[Document](KEPT, MOST_CHARACTERS)

    def read(self, text: str) -> Document:
        """The document that `text` is."""
        document = self._kept.get(text)
        if document is None:
            document = self._read(text)
            if len(text) <= LONGEST_KEPT:
                self._kept.keep(text, document, len(text))
        return document

    def operation(self, document: Document, name: str | None) -> Prepared:
        """The operation to run, prepared when it is first asked for. GraphQLError if there is none of that name."""
        assert document.node is not None, "the document is valid"  # noqa: S101 - for the type checker
        found = document.operations.get(name)
        if found is None:
            chosen = operation(document.node, name)
            plan = planned(self._schema, document.node, chosen)
            names = frozenset(
                field for _, field in document.roots[extent.name(chosen)]
            )  # those too that a directive skips
            refers = references(document.node, chosen)
            listed = lists(self._schema, chosen)
            made = Prepared(
                document.node, chosen, plan, label(chosen), counted_as(names), operations(names), listed, refers
            )
            found = document.operations[name] = made
        return found

    def _read(self, text: str) -> Document:
        if len(text) > MAX_LENGTH:
            return failed(too_large(f"The document has more than {MAX_LENGTH} characters."))
        try:
            node = parse(text, max_lexical_tokens=self._bounds.tokens, max_comments=MAX_COMMENTS)
        except GraphQLError as error:
            too_long = TOO_LONG.match(error.message)  # what a message quotes of the document comes later in it
            return failed(too_large(too_long[1])) if too_long else Document(None, (error,))
        too_much, roots = measured(node, self._bounds)
        if too_much:
            return failed(too_much)
        errors = validate(
            self._schema, node, self._rules, max_errors=MAX_ERRORS, hide_suggestions=not self._introspection
        )
        return Document(None, tuple(errors)) if errors else Document(node, roots=roots)


def failed(failure: FacadeError) -> Document:
    """No document, and why."""
    return Document(None, (GraphQLError(failure.message, original_error=failure),))


def label(chosen: OperationDefinitionNode) -> str:
    """What the log calls an operation."""
    fields = [node.name.value for node in chosen.selection_set.selections if isinstance(node, FieldNode)]
    return f"{chosen.operation.value} {' '.join(fields[:FIELDS_LOGGED])}"


def operation(node: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to run. GraphQLError if `name` is none of the document's, or missing where there are several."""
    found = get_operation_ast(node, name)
    if found is None:
        several = "The document has several operations: operationName must name one."
        raise GraphQLError(several if name is None else "operationName names no operation of the document.")
    return found
