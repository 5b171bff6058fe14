"""Documents that are too large to be honest are refused at once; honest ones are read once."""

import time
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from facade.graphql.documents import LONGEST_KEPT, Documents
from facade.graphql.schema import executable
from facade.server import Running
from tests.graphql.http import NEW, only_errors
from tests.support import basic

pytestmark = pytest.mark.anyio

SOON = 5.0  # seconds; it takes some 20 ms, 150 at worst, on a machine that has nothing else to do
LARGEST = 10_000  # bytes of an answer
USER = "mutation($u: NewUserInput!) { createUser(user: $u) { mail } }"
FIRST = "query($f: Int) { users(first: $f) { totalCount } }"

DISHONEST = {
    "1,000 aliases": "{" + " ".join(f"a{place}: __typename" for place in range(1000)) + "}",
    "500 times the same": "{" + "publishHealth { message } " * 500 + "}",
    "2,000 directives": "{ __typename " + "@skip(if: false) " * 2000 + "}",
    "10,000 tokens": "{" + "__typename " * 10_000 + "}",
    "400 levels": "{ users " + "{ a " * 400 + "} " * 400 + "}",
    "400 lists in each other": "{ users(first: " + "[" * 400 + "1" + "]" * 400 + ") { totalCount } }",
    "a comment of 1 MB": "{ __typename } #" + "c" * 1_000_000,
    "1,000 comments": "{ __typename }" + "\n#c" * 1000,
    "a name of 20 KB": "{" + "a" * 20_000 + "}",
    "100 unknown fields": "{" + " ".join(f"a{place}" for place in range(100)) + "}",
    "fragments in a circle": "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
    "a text of 90 KB for a number": '{ users(first: "' + "x" * 90_000 + '") { totalCount } }',
}


async def post(facade: Running, body: Any) -> tuple[httpx.Response, float]:
    """The answer, and the seconds it took."""
    async with httpx.AsyncClient(base_url=facade.http) as client:
        started = time.monotonic()
        answer = await client.post("/graphql", json=body, headers=basic() | {"accept": NEW})
        return answer, time.monotonic() - started


@pytest.mark.parametrize("document", DISHONEST.values(), ids=DISHONEST)
async def test_a_document_that_is_too_much_is_refused_soon_and_briefly(document: str, facade: Running) -> None:
    answer, seconds = await post(facade, {"query": document})
    assert answer.status_code == 400
    only_errors(answer)
    assert len(answer.content) < LARGEST
    assert seconds < SOON


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        pytest.param(FIRST, {"f": "x" * 1_000_000}, id="a text of 1 MB for a number"),
        pytest.param(USER, {"u": [1] * 100_000}, id="a list of 100,000 for an object"),
        pytest.param(USER, {"u": {f"x{place}": 1 for place in range(2000)}}, id="2,000 unknown fields"),
        pytest.param(USER, {"u": {"x" * 100_000: 1}}, id="an unknown field of 100 KB"),
        pytest.param(FIRST, {"f": 2**31}, id="an integer that is no Int"),
    ],
)
async def test_variables_that_do_not_fit_are_refused_soon_and_briefly(
    query: str, variables: Any, facade: Running
) -> None:
    answer, seconds = await post(facade, {"query": query, "variables": variables})
    assert answer.status_code == 400
    assert {error["extensions"]["code"] for error in only_errors(answer)} == {"INVALID_ARGUMENT"}
    assert len(answer.content) < LARGEST
    assert seconds < SOON


@pytest.mark.parametrize("unit", ["publishHealth { message }", "users { nodes { mail } }", "a: users { totalCount }"])
def test_the_costliest_document_within_the_limits_is_read_soon(unit: str) -> None:
    documents = Documents(executable(), introspection=False)
    repeated = 990 // len(unit.split())
    started = time.monotonic()
    documents.read("{" + f"{unit} " * repeated + "}")
    assert time.monotonic() - started < SOON


async def test_fragments_that_double_at_each_of_45_levels_are_read_soon(facade: Running) -> None:
    fragments = " ".join(f"fragment f{place} on Query {{ ...f{place + 1} ...f{place + 1} }}" for place in range(45))
    query = f"{{ ...f0 }} {fragments} fragment f45 on Query {{ __typename }}"
    answer, seconds = await post(facade, {"query": query})
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert seconds < SOON


async def test_the_introspection_query_of_a_tool_fits(facade: Running) -> None:
    answer, _ = await post(facade, {"query": get_introspection_query(input_value_deprecation=True)})
    assert answer.json().keys() == {"data"}


@pytest.mark.parametrize(("tokens", "valid"), [(1000, True), (1001, False)])
def test_a_document_has_at_most_1_000_tokens(tokens: int, valid: bool) -> None:
    fields = tokens - 2 - 3 * 300  # beside the braces and 300 times the three tokens of an alias
    aliases = " ".join(f"a{place}: __typename" for place in range(300))
    document = Documents(executable(), introspection=False).read(f"{{ {aliases} {'__typename ' * fields}}}")
    assert (document.node is not None) is valid


def test_a_document_is_read_once_and_a_long_one_not_kept() -> None:
    documents = Documents(executable(), introspection=True)
    short, long = "{ __typename }", "{ __typename }" + " " * LONGEST_KEPT
    assert documents.read(short) is documents.read(short)
    assert documents.read(long) is not documents.read(long)
    assert documents.read(long).errors == ()
