"""Documents for a list of trusted ones, collected from the sources of frontends.

What a client sends is not always what its developer wrote: most print the operation anew, with the fragments that it
uses behind it, and some add `__typename`. The list has each form.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    NameNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from facade.graphql.documents import Documents
from facade.graphql.extent import Bounds
from facade.graphql.schema import executable
from facade.graphql.trusted import hashed

WHOLE = (".graphql", ".gql")  # files that are documents; in all others they are templates
CODE = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs")
TEMPLATE = re.compile(
    r"(?:\b(?:gql|graphql)\s*(?:\(\s*)?(?:/\*\s*GraphQL\s*\*/\s*)?|/\*\s*GraphQL\s*\*/\s*)`((?:[^`\\]|\\.)*)`",
    re.DOTALL,
)
INSERTED = re.compile(r"\$\{[^{}]*\}")  # other documents, which are among the sources too
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
TYPENAME = "__typename"


class SourceError(Exception):
    """A document cannot be listed. The text says where it is and what is wrong."""


@dataclass(frozen=True, slots=True)
class Written:
    """A document as it is written in a source.

    Attributes:
        place: file and line.
        text: what is written, None where other documents are inserted.
        node: what it says.

    """

    place: str
    text: str | None
    node: DocumentNode


def trusted_list(sources: Mapping[str, str], bounds: Bounds, *, typename: bool) -> dict[str, str]:
    """The documents of the operations in the sources (their texts by name), by their SHA-256. SourceError.

    `typename` adds for each the form that has `__typename` in all selections but the operation's own.
    """
    found = [written for name, content in sources.items() for written in documents(name, content)]
    fragments = fragments_of(found)
    reader = Documents(executable(), introspection=False, bounds=bounds)
    texts: list[str] = []
    for written in found:
        operations = [node for node in written.node.definitions if isinstance(node, OperationDefinitionNode)]
        for operation in operations:
            whole = [operation, *used(operation, fragments, written.place)]
            forms = [printed(whole), *([printed(map(with_typename, whole))] if typename else [])]
            if errors := reader.read(forms[0]).errors:
                raise SourceError(f"{written.place}: {errors[0].message}")
            texts += forms
        if operations and written.text is not None and not reader.read(written.text).errors:
            texts.append(written.text)
    return {hashed(text): text for text in sorted(texts)}


def documents(name: str, content: str) -> Iterator[Written]:
    """The documents of a source."""
    if name.endswith(WHOLE):
        pieces = [(0, content)]
    else:
        pieces = [(each.start(1), each[1]) for each in TEMPLATE.finditer(content)]
    for start, piece in pieces:
        place = f"{name}:{content.count(chr(10), 0, start) + 1}"
        text = piece if name.endswith(WHOLE) else ESCAPED.sub(r"\1", INSERTED.sub("", piece))
        try:
            yield Written(place, None if INSERTED.search(piece) else text, parse(text))
        except GraphQLError as error:
            raise SourceError(f"{place}: {error.message}") from None


def fragments_of(found: Iterable[Written]) -> dict[str, FragmentDefinitionNode]:
    """The fragments by name. SourceError if a name stands for two."""
    fragments: dict[str, FragmentDefinitionNode] = {}
    for written in found:
        for node in written.node.definitions:
            if isinstance(node, FragmentDefinitionNode):
                known = fragments.setdefault(node.name.value, node)
                if print_ast(known) != print_ast(node):
                    raise SourceError(f"{written.place}: there is another fragment of the name {node.name.value}")
    return fragments


def used(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], place: str
) -> list[FragmentDefinitionNode]:
    """The fragments that an operation uses, in the order in which they are first met."""
    met: dict[str, FragmentDefinitionNode] = {}

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
            name = node.name.value
            if name in met:
                return
            if name not in fragments:
                raise SourceError(f"{place}: there is no fragment {name} in the sources")
            met[name] = fragments[name]
            visit(fragments[name], self)

    visit(operation, Spreads())
    return list(met.values())


def with_typename(definition: Node) -> Node:
    """The definition as Apollo Client and urql send it: they ask for the type of every object, to know it again."""

    class Adding(Visitor):
        def leave_selection_set(
            self, node: SelectionSetNode, _key: Any, parent: Any, *_: Any
        ) -> SelectionSetNode | None:
            names = [each.name.value for each in node.selections if isinstance(each, FieldNode)]
            if isinstance(parent, OperationDefinitionNode) or any(name.startswith("__") for name in names):
                return None
            return SelectionSetNode(selections=(*node.selections, FieldNode(name=NameNode(value=TYPENAME))))

    added: Node = visit(definition, Adding())
    return added


def printed(definitions: Iterable[Node]) -> str:
    """The definitions as GraphQL.js prints a document of them."""
    return "\n\n".join(map(print_ast, definitions))
