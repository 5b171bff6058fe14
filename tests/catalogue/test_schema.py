"""schemathesis against the GraphQL schema: whatever it makes of it is answered as GraphQL over HTTP has it.

With EXAMPLES=2000 and SEEDS=1,2,3,4,5 in the environment, two thousand requests an operation, five times.
"""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from graphql import parse_value
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from facade.graphql.schema import executable
from tests.catalogue.fuzzed import DEFECTS, MADE_UP, SEEDS, Served, serving
from tests.graphql.http import JSON, NEW
from tests.readme.document import ROOT
from tests.support import basic

TIME = 30.0  # seconds
VALUES = ("{}", "{a: 1}", '{a: {b: [1.5, true, null, "ä"]}}', "[1]", "2", "null", '""', "9223372036854775808")
schemathesis.graphql.scalar("JSON", st.sampled_from([parse_value(text) for text in VALUES]))
SCHEMA = schemathesis.graphql.from_path(ROOT / "facade/graphql/schema.graphql")
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as started:
        yield started


def test_all_queries_and_mutations_are_there() -> None:
    schema = executable()
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    names = {f"Query.{name}" for name in schema.query_type.fields}
    assert OPERATIONS.keys() == names | {f"Mutation.{name}" for name in schema.mutation_type.fields}


@pytest.mark.case("G15")
@pytest.mark.parametrize("label", OPERATIONS)
def test_what_fits_the_schema_is_answered_by_the_rules(label: str, served: Served) -> None:
    kinds = cycle((NEW, JSON))
    with httpx.Client(headers=basic(), timeout=TIME) as client:

        def check(case: Any) -> None:
            kind = next(kinds)
            answer = client.post(served.graphql, json={"query": case.body}, headers={"accept": kind})
            judge(answer, kind)

        for seed in SEEDS:
            hypothesis.seed(seed)(MADE_UP(hypothesis.given(OPERATIONS[label].as_strategy())(check)))()


def judge(answer: httpx.Response, kind: str) -> None:
    """Fails if the answer is not one of GraphQL over HTTP, or tells of a defect."""
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    document = answer.json()
    assert document.keys() <= {"data", "errors"}
    errors = document.get("errors", [])
    assert {error["extensions"]["code"] for error in errors} & DEFECTS == set(), answer.text
    assert all(error["message"] for error in errors)
    if "data" in document:
        assert answer.status_code == 200
        assert document["data"] is not None or errors
    else:
        assert errors
        assert answer.status_code == (400 if kind == NEW else 200)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, {"errors": [{"message": "x", "extensions": {"code": "INVALID_ARGUMENT"}}]}),
        (200, {"errors": [{"message": "x", "extensions": {"code": "INTERNAL"}}], "data": None}),
        (200, {"data": None}),
        (400, {"data": {}}),
        (400, {"errors": []}),
        (200, {"data": {}, "more": 1}),
    ],
)
def test_an_answer_that_breaks_a_rule_is_found(status: int, content: Any) -> None:
    answer = httpx.Response(status, json=content, headers={"content-type": f"{NEW}; charset=utf-8"})
    with pytest.raises(AssertionError):
        judge(answer, NEW)
