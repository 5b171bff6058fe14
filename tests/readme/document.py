"""README.md as data: its fenced blocks, its tables, and what is called in its examples."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from graphql import FieldNode, OperationDefinitionNode, parse

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A `bash` block, and the `text` block below it: what it prints."""

    line: int
    script: str
    shown: str


def blocks() -> list[tuple[int, str, str]]:
    """Each fenced block: the line it begins at, its language, its text."""
    return [(README.count("\n", 0, found.start()) + 1, found[1], found[2]) for found in FENCE.finditer(README)]


def examples() -> list[Example]:
    """The blocks that are run, in their order."""
    found = []
    pairs = blocks()
    for (line, language, script), (below, kind, shown) in zip(pairs, [*pairs[1:], (0, "", "")], strict=True):
        if language == "bash":
            assert kind == "text", f"README.md:{line}: no text block says what this prints (line {below} is none)"
            found.append(Example(line, script, shown))
    return found


def matches(shown: str, printed: str) -> bool:
    """Whether `printed` is what the README shows: whitespace does not count, and … stands for anything."""
    wanted = ".*".join(re.escape("".join(part.split())) for part in shown.split("…"))
    return re.fullmatch(wanted, "".join(printed.split()), re.DOTALL) is not None


def section(title: str) -> str:
    """What stands under the heading `title`."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no section {title!r}"
    return found[1]


def rows(title: str) -> Iterator[list[str]]:
    """The rows of the tables in a section, without backquotes."""
    for line in section(title).splitlines():
        if line.startswith("| `"):
            yield [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]


def grpc_calls() -> set[str]:
    """The methods that the examples call, as `package.Service/Method`."""
    return {name for example in examples() for name in re.findall(r"http\S*/([\w.]+\.\w+/\w+)", example.script)}


def graphql_calls() -> set[str]:
    """The root fields that the examples ask for, as `query users`."""
    return {name for example in examples() for document in documents(example.script) for name in root_fields(document)}


def documents(script: str) -> Iterator[str]:
    """The GraphQL documents that a script posts with `curl -d`."""
    if "/graphql" not in script:
        return
    words = shlex.split(script)
    for option, value in pairwise(words):
        body: Any = json.loads(value) if option == "-d" else None
        if isinstance(body, dict) and "query" in body:
            yield body["query"]


def root_fields(document: str) -> Iterator[str]:
    """The fields that a GraphQL document asks for at its root."""
    for definition in parse(document).definitions:
        assert isinstance(definition, OperationDefinitionNode)
        for node in definition.selection_set.selections:
            assert isinstance(node, FieldNode)
            yield f"{definition.operation.value} {node.name.value}"
