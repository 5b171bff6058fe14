"""Documents that are too large to be honest are refused at once; honest ones are read once."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from facade.graphql.documents import LONGEST_KEPT, MOST_CHARACTERS, Documents
from facade.graphql.schema import executable
from facade.server import Running
from tests.graphql.http import NEW, only_errors
from tests.support import basic

pytestmark = pytest.mark.anyio

SOON = 5.0  # seconds; it takes some 10 ms, 30 at worst, on a machine that has nothing else to do
LARGEST = 10_000  # bytes of an answer
MAILS = "mutation($m: [String!]!) { deleteUsers(mails: $m) { itemId } }"
USER = "mutation($u: NewUserInput!) { createUser(user: $u) { mail } }"
FIRST = "query($f: Int) { users(first: $f) { totalCount } }"

DISHONEST = {
    "1,000 aliases": "{" + " ".join(f"a{place}: __typename" for place in range(1000)) + "}",
    "500 times the same": "{" + "publishHealth { message } " * 500 + "}",
    "2,000 directives": "{ __typename " + "@skip(if: false) " * 2000 + "}",
    "10,000 tokens": "{" + "__typename " * 10_000 + "}",
    "50 levels": "{ users " + "{ a " * 50 + "} " * 50 + "}",
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


@pytest.mark.case("G03")
@pytest.mark.parametrize("document", DISHONEST.values(), ids=DISHONEST)
async def test_a_document_that_is_too_much_is_refused_soon_and_briefly(document: str, facade: Running) -> None:
    answer, seconds = await post(facade, {"query": document})
    assert answer.status_code == 400
    only_errors(answer)
    assert len(answer.content) < LARGEST
    assert seconds < SOON


@pytest.mark.case("G15")
@pytest.mark.parametrize(
    ("query", "variables"),
    [
        pytest.param(FIRST, {"f": "x" * 1_000_000}, id="a text of 1 MB for a number"),
        pytest.param(USER, {"u": [1] * 100_000}, id="a list of 100,000 for an object"),
        pytest.param(USER, {"u": {f"x{place}": 1 for place in range(2000)}}, id="2,000 unknown fields"),
        pytest.param(USER, {"u": {"x" * 100_000: 1}}, id="an unknown field of 100 KB"),
        pytest.param(FIRST, {"f": 2**31}, id="an integer that is no Int"),
        pytest.param(FIRST, {"f": "PENDING"}, id="a name for a number"),
        pytest.param(MAILS, {"m": ["a@example.com"] * 200_000}, id="a list of 200,000 texts"),
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


FRAGMENTS = [f'fragment f{n} on Query {{ u{n}: user(mail: "a") {{ mail }} }}' for n in range(49)]
COSTLY = {
    "a field 45 times": "{" + "publishHealth { message } " * 45 + "}",
    "a field with arguments 44 times": "{" + 'users(first: 1, after: "x") { totalCount } ' * 44 + "}",
    "fields in fields 31 times": "{" + "users { edges { node { mail } } } " * 31 + "}",
    "open objects": "mutation {" + "publishMetric(metric: {a: {b: [1, 2, 3, 4]}}) { message } " * 40 + "}",
    "fragments": "{" + " ".join(f"...f{n}" for n in range(49)) + "}" + " ".join(FRAGMENTS),
}


@pytest.mark.case("G02")
@pytest.mark.parametrize("document", COSTLY.values(), ids=COSTLY)
def test_the_costliest_document_within_the_limits_is_read_soon(document: str) -> None:
    documents = Documents(executable(), introspection=False)
    started = time.monotonic()
    assert documents.read(document).node is not None
    assert time.monotonic() - started < SOON


@pytest.mark.case("G02")
async def test_health_is_told_while_costly_documents_are_read(facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http, timeout=60) as client:

        async def ask(number: int) -> httpx.Response:  # each another document: none is read twice
            return await client.post(
                "/graphql", json={"query": f"{COSTLY['a field 45 times']} #{number}"}, headers=basic()
            )

        asking = [asyncio.create_task(ask(number)) for number in range(20)]
        waits = []
        while not all(task.done() for task in asking):
            started = time.monotonic()
            assert (await client.get("/healthz")).status_code == 200
            waits.append(time.monotonic() - started)
        answers = await asyncio.gather(*asking)
    assert {answer.status_code for answer in answers} == {200}
    assert max(waits) < SOON


@pytest.mark.case("G03")
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
    numbers = "1 " * (tokens - 17)  # beside those around them
    text = f"mutation {{ publishMetric(metric: {{a: [{numbers}]}}) {{ message }} }}"
    document = Documents(executable(), introspection=False).read(text)
    assert (document.node is not None) is valid


def test_documents_are_kept_as_long_as_all_of_them_are_not_too_long() -> None:
    documents = Documents(executable(), introspection=True)
    texts = [
        f"{{ a{number}: __typename }}".ljust(LONGEST_KEPT) for number in range(MOST_CHARACTERS // LONGEST_KEPT + 1)
    ]
    first, last = [documents.read(text) for text in texts][:: len(texts) - 1]
    assert documents.read(texts[-1]) is last
    assert documents.read(texts[0]) is not first


def test_a_document_is_read_once_and_a_long_one_not_kept() -> None:
    documents = Documents(executable(), introspection=True)
    short, long = "{ __typename }", "{ __typename }" + " " * LONGEST_KEPT
    assert documents.read(short) is documents.read(short)
    assert documents.read(long) is not documents.read(long)
    assert documents.read(long).errors == ()
