"""How much a document asks for, and for which root fields, found before it is validated: each fragment is visited once.

What a fragment adds is worked out once and added wherever it is spread, so that a document whose fragments double at
each level costs no more than one whose fragments do not.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from facade.errors import Code, FacadeError, Reason
from facade.graphql.roots import Roots, called

# graphql-core compares any two fields of one key that can meet in an answer, at some 20 µs a pair with arguments, and
# any two fragments. Twenty fragments that ask for the same eight fields of the same field are 1,710 pairs.
MAX_PAIRS = 2000
MAX_FRAGMENTS = 50


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that a document may hold.

    Attributes:
        tokens: of the whole document, without comments.
        depth: fields in each other.
        aliases: of an operation, each as often as the fragment that it is in is spread.
        directives: of an operation, counted alike.
        calls: root fields of an operation, each of which calls an upstream.
        items: of a list among the variables.

    """

    tokens: int = 1000
    depth: int = 20
    aliases: int = 100
    directives: int = 50
    calls: int = 50
    items: int = 50_000


DEFAULT = Bounds()


@dataclass(slots=True)
class Extent:
    """What a part of a document holds; see `Bounds`."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0

    def add(self, other: "Extent", *, below: int = 0) -> None:
        """Adds a part that stands `below` levels deeper."""
        self.depth = max(self.depth, other.depth + below)
        self.aliases += other.aliases
        self.directives += other.directives


class Measure:
    """Measures one document, which may be invalid: a fragment that is missing or spreads itself counts as nothing.

    Attributes:
        roots: of each operation, by its name, once `excess` has been asked for.

    """

    def __init__(self, document: DocumentNode) -> None:
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        self._operations: list[OperationDefinitionNode] = []
        for node in document.definitions:
            if isinstance(node, FragmentDefinitionNode):
                self._fragments[node.name.value] = node
            elif isinstance(node, OperationDefinitionNode):
                self._operations.append(node)
        self.roots: dict[str | None, Roots] = {}
        self._known: dict[str, Extent] = {}
        self._keys: Counter[tuple[str | None, str]] = Counter()  # of fields below fields; None: at the top of fragments

    def excess(self, bounds: Bounds) -> FacadeError | None:
        """What there is too much of, or None."""
        if len(self._fragments) > MAX_FRAGMENTS:
            return too_large(f"The document has more than {MAX_FRAGMENTS} fragments.")
        for node in self._operations:
            found = self._operation(node)
            if found.depth > bounds.depth:
                return too_deep(bounds)
            if found.aliases > bounds.aliases:
                return too_large(f"The operation has more than {bounds.aliases} aliases.")
            if found.directives > bounds.directives:
                return too_large(f"The operation has more than {bounds.directives} directives.")
            roots = self.roots[name(node)] = called(node.selection_set, self._fragments)
            if len(roots) > bounds.calls:
                return too_large(f"The operation has more than {bounds.calls} root fields, each of which is a call.")
        for each in self._fragments:
            self._fragment(each)  # those that no operation spreads are compared, too
        return too_large("The document has the same field too often.") if self._pairs() > MAX_PAIRS else None

    def _pairs(self) -> int:
        """At most how many pairs of fields can meet: those below fields of one key; those of fragments anywhere."""
        of_key: Counter[str] = Counter()
        for (_, key), count in self._keys.items():
            of_key[key] += count
        pairs = sum(count * (count - 1) // 2 for count in self._keys.values())
        loose = ((key, count) for (parent, key), count in self._keys.items() if parent is None)
        return pairs + sum(count * (of_key[key] - count) for key, count in loose)

    def _operation(self, node: OperationDefinitionNode) -> Extent:
        found = self._set(node.selection_set, "")
        found.directives += len(node.directives or ())
        found.directives += sum(len(each.directives or ()) for each in node.variable_definitions or ())
        return found

    def _set(self, selections: SelectionSetNode, parent: str | None) -> Extent:
        """A set of fields below a field of the key `parent`.

        A fragment that is spread in it twice adds nothing the second time.
        """
        found = Extent()
        spread: set[str] = set()
        for node in selections.selections:
            found.directives += len(node.directives or ())
            match node:
                case FieldNode():
                    found.aliases += node.alias is not None
                    found.depth = max(found.depth, 1)
                    key = (node.alias or node.name).value
                    self._keys[parent, key] += 1
                    if node.selection_set:
                        found.add(self._set(node.selection_set, key), below=1)
                case InlineFragmentNode():
                    found.add(self._set(node.selection_set, parent))
                case FragmentSpreadNode() if node.name.value not in spread:
                    spread.add(node.name.value)
                    found.add(self._fragment(node.name.value))
        return found

    def _fragment(self, name: str) -> Extent:
        known = self._known.get(name)
        if known is None:
            self._known[name] = known = Extent()  # while it is measured, and where it spreads itself
            if node := self._fragments.get(name):
                known.add(self._set(node.selection_set, None))
                known.directives += len(node.directives or ())
        return known


def name(operation: OperationDefinitionNode) -> str | None:
    """An operation's name, if it has one."""
    return operation.name.value if operation.name else None


def measured(document: DocumentNode, bounds: Bounds) -> tuple[FacadeError | None, Mapping[str | None, Roots]]:
    """What the document has too much of, or None; and the root fields of its operations by their names."""
    measure = Measure(document)
    try:
        return measure.excess(bounds), measure.roots
    except RecursionError:
        return too_deep(bounds), {}


def too_deep(bounds: Bounds) -> FacadeError:
    """Fields in fields in fields."""
    return too_large(f"The operation has fields more than {bounds.depth} levels deep.")


def too_large(message: str) -> FacadeError:
    """The document is refused before it is validated."""
    return FacadeError(Code.INVALID_ARGUMENT, Reason.QUERY_TOO_LARGE, message)
