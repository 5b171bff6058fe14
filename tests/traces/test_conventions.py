"""What spans are called: what a caller chooses is cut before it is kept."""

import sys

from facade.traces.conventions import graphql


def test_a_long_name_of_an_operation_is_not_kept() -> None:
    name = "n" * 100_000
    before = sys.getrefcount(name)
    assert b"n" * 64 in graphql("query", name, frozenset())
    assert sys.getrefcount(name) == before
