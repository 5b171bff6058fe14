"""The root fields of an operation, each of which calls an upstream."""

from collections.abc import Iterator, Mapping

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

META = ("__", "_service")  # what begins so tells of the schema: it calls no upstream, and is no operation
Roots = frozenset[tuple[str, str]]  # root fields that call an upstream: the key in the answer, and the field's name


def fields(root: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """All fields there, those too that a directive skips, through fragments, each of which is visited once."""
    ahead, seen = [root], set[str]()
    while ahead:
        for node in ahead.pop().selections:
            match node:
                case FieldNode():
                    yield node
                case InlineFragmentNode():
                    ahead.append(node.selection_set)
                case FragmentSpreadNode() if node.name.value not in seen:
                    seen.add(node.name.value)
                    if fragment := fragments.get(node.name.value):
                        ahead.append(fragment.selection_set)


def called(root: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Roots:
    """The root fields there that call an upstream."""
    return frozenset(
        ((node.alias or node.name).value, node.name.value)
        for node in fields(root, fragments)
        if not node.name.value.startswith(META)
    )
