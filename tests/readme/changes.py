"""The changes that docs/adding-an-upstream.md shows, made in a copy of the repository."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.readme.document import ROOT, Page

COPIED = ("facade", "protos", "tests", "benchmarks", "docs", "clients")  # ruff must find what is ours
FILES = ("buf.yaml", "buf.gen.yaml", "pyproject.toml", "README.md")
# The first line of a block says where the others belong.
PLACE = re.compile(r"(?:#|//) (?P<path>[\w./-]+), (?P<where>above|below|in place of|at the end)(?:: (?P<anchor>.+))?\n")


@dataclass(frozen=True)
class Change:
    """Lines that belong into a file, `where` it has the line that begins with `anchor`."""

    path: str
    where: str
    anchor: str
    lines: str

    def made(self, text: str) -> str:
        """The file's text with the lines."""
        if self.where == "at the end":
            return text + self.lines
        lines = text.splitlines(keepends=True)
        found = [place for place, line in enumerate(lines) if line.strip().startswith(self.anchor)]
        assert len(found) == 1, f"{self.path} has {len(found)} lines that begin with {self.anchor!r}"
        begin = found[0] + (self.where == "below")
        lines[begin : found[0] + (self.where != "above")] = [self.lines]
        return "".join(lines)


def changes(page: Page) -> Iterator[Change]:
    """The changes that a document shows."""
    for line, language, text in page.blocks():
        if language in {"python", "proto"}:
            place = PLACE.match(text)
            assert place, f"{page.name}:{line}: the first line does not say where this belongs"
            yield Change(place["path"], place["where"], (place["anchor"] or "").strip(), text[place.end() :])


def copy(target: Path) -> None:
    """Copies what the changes and the tests of them need."""
    unwanted = shutil.ignore_patterns("__pycache__", "node_modules", ".venv", "gen", "target")
    for name in COPIED:
        shutil.copytree(ROOT / name, target / name, ignore=unwanted)
    for name in FILES:
        shutil.copy(ROOT / name, target)


def make(page: Page, target: Path) -> None:
    """Makes the document's changes in a copy."""
    for change in changes(page):
        file = target / change.path
        file.write_text(change.made(file.read_text(encoding="utf-8")), encoding="utf-8")
