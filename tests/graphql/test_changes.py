"""The changes between two schemas, with the names and lines that they are told by."""

import pytest

from facade.graphql.changes import changes, read

EARLIER = """
directive @shown(by: String) on FIELD_DEFINITION
type Query { "One." one(a: Int): Kind  two: String }
enum Kind { A B }
scalar Gone
"""


@pytest.mark.parametrize(
    ("present", "name", "line"),
    [
        (EARLIER.replace("a: Int", "b: Int"), "ARG_REMOVED", 3),
        (EARLIER.replace("a: Int", "a: Int, b: Int!"), "REQUIRED_ARG_ADDED", 3),
        (EARLIER.replace("two: String", "two: Int"), "FIELD_CHANGED_KIND", 3),
        (EARLIER.replace("A B", "A"), "VALUE_REMOVED_FROM_ENUM", 4),
        (EARLIER.replace("scalar Gone", ""), "TYPE_REMOVED", None),
        (EARLIER.replace("by:", "to:"), "DIRECTIVE_ARG_REMOVED", 2),
        (EARLIER.replace("directive @shown(by: String) on FIELD_DEFINITION", ""), "DIRECTIVE_REMOVED", None),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isupper() else "",
)
def test_each_kind_of_change_has_its_name_and_its_line(present: str, name: str, line: int | None) -> None:
    found = [(change.name, change.line) for change in changes(read(EARLIER), read(present)) if change.breaking]
    assert found == [(name, line)]


def test_directives_of_a_specification_that_the_text_only_refers_to_are_no_fault() -> None:
    linked = 'schema @link(url: "https://example.com/v2") { query: Query } type Query { a: Int @shareable }'
    assert changes(read(linked), read(linked)) == []
