"""README.md and docs/*.md as data: their sections, fenced blocks and tables, and what is called in their examples."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode, OperationDefinitionNode, parse

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A `bash` block, and the `text` block below it: what it prints."""

    line: int
    script: str
    shown: str


@dataclass(frozen=True)
class Page:
    """One document: its path from the root, and its text."""

    name: str
    text: str

    @cached_property
    def prose(self) -> str:
        """The text without its fenced blocks, in which a `#` begins no heading."""
        return FENCE.sub("", self.text)

    def blocks(self) -> list[tuple[int, str, str]]:
        """Each fenced block: the line it begins at, its language, its text."""
        found = FENCE.finditer(self.text)
        return [(self.text.count("\n", 0, each.start()) + 1, each[1], each[2]) for each in found]

    def examples(self) -> list[Example]:
        """The blocks that are run, in their order."""
        found = []
        pairs = self.blocks()
        for (line, language, script), (below, kind, shown) in zip(pairs, [*pairs, (0, "", "")][1:], strict=True):
            if language == "bash":
                problem = f"{self.name}:{line}: no text block says what this prints (line {below} is none)"
                assert kind == "text", problem
                found.append(Example(line, script, shown))
        return found

    def sections(self) -> dict[str, str]:
        """What stands under each heading, down to the next of its level or above."""
        found = list(HEADING.finditer(self.prose))
        ends = {}
        for place, heading in enumerate(found):
            later = (each.start() for each in found[place + 1 :] if len(each[1]) <= len(heading[1]))
            ends[heading[2]] = self.prose[heading.end() : next(later, None)]
        return ends

    def anchors(self) -> list[str]:
        """What links can end with, after the `#`."""
        return [anchor(heading[2]) for heading in HEADING.finditer(self.prose)]


def read(path: Path) -> Page:
    """The document at a path."""
    return Page(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


PAGES = (read(ROOT / "README.md"), *map(read, sorted((ROOT / "docs").glob("*.md"))))
README = PAGES[0].text


def anchor(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def matches(shown: str, printed: str) -> bool:
    """Whether `printed` is what a document shows: whitespace does not count, and … stands for anything."""
    wanted = ".*".join(re.escape("".join(part.split())) for part in shown.split("…"))
    return re.fullmatch(wanted, "".join(printed.split()), re.DOTALL) is not None


def section(title: str) -> str:
    """What stands under the heading `title`, which one document has."""
    found = [sections[title] for sections in (page.sections() for page in PAGES) if title in sections]
    assert len(found) == 1, f"{len(found)} documents have a section {title!r}"
    return found[0]


def rows(title: str) -> Iterator[list[str]]:
    """The rows of the tables in a section, without backquotes."""
    for line in section(title).splitlines():
        if line.startswith("| `"):
            yield [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]


def scripts() -> Iterator[str]:
    """The scripts of all examples."""
    return (example.script for page in PAGES for example in page.examples())


def grpc_calls() -> set[str]:
    """The methods that the examples call, as `package.Service/Method`."""
    return {name for script in scripts() for name in re.findall(r"http\S*/([\w.]+\.\w+/\w+)", script)}


def graphql_calls() -> set[str]:
    """The root fields that the examples ask for, as `query users`."""
    return {name for script in scripts() for document in documents(script) for name in root_fields(document)}


def documents(script: str) -> Iterator[str]:
    """The GraphQL documents that a script posts with `curl -d`."""
    if "/graphql" not in script:
        return
    words = shlex.split(script)
    for option, value in pairwise(words):
        body: Any = json.loads(value) if option == "-d" and value.lstrip().startswith("{") else None
        if isinstance(body, dict) and "query" in body:
            yield body["query"]


def root_fields(document: str) -> Iterator[str]:
    """The fields that a GraphQL document asks for at its root."""
    for definition in parse(document).definitions:
        if isinstance(definition, FragmentDefinitionNode):
            continue
        assert isinstance(definition, OperationDefinitionNode)
        for node in definition.selection_set.selections:
            assert isinstance(node, FieldNode)
            yield f"{definition.operation.value} {node.name.value}"
