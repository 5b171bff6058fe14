"""What reasons mean is told alike wherever it is told."""

import re

from facade.errors import PASSING, Reason
from facade.meanings import MEANINGS
from tests.readme import document

LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")


def test_every_reason_has_a_meaning() -> None:
    assert MEANINGS.keys() == set(Reason)


def test_the_readme_says_the_same() -> None:
    table = [[LINK.sub(r"\1", cell) for cell in row] for row in document.rows("Errors")]
    ours = [[reason, ", ".join(each.codes), each.text, each.repeat] for reason, each in MEANINGS.items()]
    assert table == ours


def test_what_may_be_repeated_is_what_the_facade_calls_retryable() -> None:
    assert {reason for reason, each in MEANINGS.items() if each.repeat.startswith("yes")} == PASSING
