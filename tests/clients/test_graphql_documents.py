"""The documents of the GraphQL clients against the schema, without the toolchains that the clients need."""

from pathlib import Path

import pytest
from graphql import FieldNode, GraphQLObjectType, TypeInfo, TypeInfoVisitor, Visitor, parse, validate, visit

import clients
from clients.contract import root_fields
from facade.graphql.schema import executable, sdl
from facade.graphql.sources import TEMPLATE

FOLDER = Path(clients.__file__).parent
SOURCES = {
    "graphql-python": FOLDER / "graphql-python" / "operations.graphql",
    "graphql-typescript": FOLDER / "graphql-typescript" / "src" / "documents.ts",
}
SCHEMA = executable()


class Asked(Visitor):
    """Collects the fields and the arguments that documents ask for, by schema coordinate."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._types = types

    def enter_field(self, node: FieldNode, *_others: object) -> None:
        parent = self._types.get_parent_type()
        name = f"{parent}.{node.name.value}"
        self.found |= {name} | {f"{name}({argument.name.value}:)" for argument in node.arguments or ()}


def published() -> set[str]:
    """All fields that can be asked for, and all their arguments."""
    found = set()
    for each in SCHEMA.type_map.values():
        if isinstance(each, GraphQLObjectType) and not each.name.startswith("__"):
            for name, field in each.fields.items():
                found |= {f"{each.name}.{name}"} | {f"{each.name}.{name}({argument}:)" for argument in field.args}
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_a_client_asks_for_all_that_there_is(name: str) -> None:
    text = SOURCES[name].read_text(encoding="utf-8")
    if SOURCES[name].suffix == ".ts":
        text = "\n".join(TEMPLATE.findall(text))
    document = parse(text)
    assert validate(SCHEMA, document) == []
    types = TypeInfo(SCHEMA)
    asked = Asked(types)
    visit(document, TypeInfoVisitor(types, asked))
    assert asked.found == published()
    assert root_fields(sdl().encode()) <= asked.found


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_downloaded_or_generated_is_not_kept(name: str) -> None:
    ignored = (FOLDER / name / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "schema.graphql" in ignored
