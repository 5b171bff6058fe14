"""The committed SDL, as those see it who generate clients from it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DEFAULT_DEPRECATION_REASON,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

import facade

SCHEMA = build_schema((Path(facade.__file__).parent / "graphql" / "schema.graphql").read_text(encoding="utf-8"))
TYPES = [each for each in SCHEMA.type_map.values() if not is_introspection_type(each)]
SCALARS = [each for each in TYPES if isinstance(each, GraphQLScalarType) and not is_specified_scalar_type(each)]


def members() -> Iterator[tuple[str, Any]]:
    """All that the SDL defines, by schema coordinate."""
    for each in TYPES:
        if is_specified_scalar_type(each):
            continue
        yield each.name, each
        if isinstance(each, GraphQLEnumType):
            yield from ((f"{each.name}.{name}", value) for name, value in each.values.items())
        if isinstance(each, GraphQLInputObjectType):
            yield from ((f"{each.name}.{name}", field) for name, field in each.fields.items())
        if isinstance(each, (GraphQLObjectType, GraphQLInterfaceType)):
            for name, field in each.fields.items():
                yield f"{each.name}.{name}", field
                yield from ((f"{each.name}.{name}({key}:)", argument) for key, argument in field.args.items())


MEMBERS = dict(members())


@pytest.mark.parametrize("coordinate", sorted(MEMBERS))
def test_everything_is_described_in_sentences(coordinate: str) -> None:
    """It becomes the comment above the generated code."""
    description = MEMBERS[coordinate].description or ""
    assert description.strip() == description
    assert description[:1].isupper()
    assert description.endswith((".", ".)"))


def test_a_scalar_says_what_its_values_are() -> None:
    """Or an author of clients does not know what to map it to."""
    assert SCALARS
    assert [each.name for each in SCALARS if not (each.specified_by_url or "").startswith("https://")] == []


def test_what_is_deprecated_says_what_to_use_instead() -> None:
    """The word that GraphQL puts in where no reason is given helps nobody."""
    reasons = {name: getattr(each, "deprecation_reason", None) for name, each in MEMBERS.items()}
    assert [name for name, reason in reasons.items() if reason in {"", DEFAULT_DEPRECATION_REASON}] == []
