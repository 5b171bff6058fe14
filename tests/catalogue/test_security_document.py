"""SECURITY.md names cases that there are, and tests that there are."""

import re

from tests.catalogue.cases import CASES
from tests.readme.document import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_case_that_it_names_is_in_the_catalogue() -> None:
    named = set(re.findall(r"\b[A-J]\d\d\b", TEXT))
    assert named
    assert named <= CASES.keys()


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`(tests/[^`\s]+)`", TEXT))
    assert named
    assert [path for path in named if not list(ROOT.glob(path))] == []
