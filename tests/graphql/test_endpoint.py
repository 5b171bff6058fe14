"""What becomes of a request: what is executed, in which order, and what its caller is told."""

import json
from typing import Any

import httpx
import pytest

from facade import sandbox
from facade.server import Running
from tests.graphql.http import JSON, NEW, only_errors
from tests.support import basic, set_faults

pytestmark = pytest.mark.anyio

TWO = "query a { publishHealth { message } } query b { __typename }"
EVENT = 'publishEvent(event: {envCustomerId: "%s"}) { message }'


async def ask(facade: Running, body: Any, /, **headers: str) -> httpx.Response:
    """The answer to a request of the API user."""
    async with httpx.AsyncClient(base_url=facade.http) as client:
        return await client.post("/graphql", json=body, headers=basic() | headers)


@pytest.mark.case("G09")
@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="no name"),
        pytest.param({"operationName": None}, id="null"),
        pytest.param({"operationName": ""}, id="an empty name"),
        pytest.param({"operationName": "c"}, id="another name"),
    ],
)
async def test_of_two_operations_none_is_guessed(more: Any, facade: Running, upstream: sandbox.Running) -> None:
    answer = await ask(facade, {"query": TWO} | more)
    assert answer.status_code == 400
    assert "operationName" in only_errors(answer)[0]["message"]
    assert upstream.state.log.entries() == []


async def test_of_two_operations_the_named_one_is_executed(facade: Running, upstream: sandbox.Running) -> None:
    answer = await ask(facade, {"query": TWO, "operationName": "b"})
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert upstream.state.log.entries() == []


async def test_a_document_of_fragments_alone_has_no_operation(facade: Running) -> None:
    assert (await ask(facade, {"query": "fragment f on Query { __typename }"})).status_code == 400


WRONG = [
    pytest.param({"query": "{"}, id="no document"),
    pytest.param({"query": "{ nothing }"}, id="no field of the schema"),
    pytest.param({"query": TWO}, id="no operation named"),
    pytest.param({"query": "subscription { x }"}, id="no such kind of operation"),
    pytest.param({"query": "query($m: String!) { user(mail: $m) { mail } }"}, id="no variable"),
]


@pytest.mark.parametrize("body", WRONG)
@pytest.mark.parametrize(
    ("accept", "status"),
    [
        pytest.param(NEW, 400, id="the new type"),
        pytest.param("*/*", 400, id="any type"),
        pytest.param(JSON, 200, id="the old type, with which a 400 would not be read"),
        pytest.param(f"{NEW}, {JSON};q=0.5", 400, id="the new type rather"),
    ],
)
async def test_a_request_error_has_no_data_and_the_status_of_the_answer_s_type(
    body: Any, accept: str, status: int, facade: Running
) -> None:
    answer = await ask(facade, body, accept=accept)
    assert answer.status_code == status
    assert {error["extensions"]["code"] for error in only_errors(answer)} == {"INVALID_ARGUMENT"}


@pytest.mark.parametrize("accept", [NEW, JSON])
async def test_an_error_of_an_executed_field_is_a_success_of_http(accept: str, facade: Running) -> None:
    answer = await ask(facade, {"query": '{ user(mail: "nobody@example.com") { mail } }'}, accept=accept)
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["user"], "NOT_FOUND")
    assert answer.json()["data"] == {"user": None}


@pytest.mark.case("G11")
async def test_a_field_that_fails_leaves_the_others(facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": "/bpm/*", "status": 503})
    query = '{ lost: user(mail: "api@example.com") { mail } publishHealth { message } }'
    answer = (await ask(facade, {"query": query})).json()
    assert answer["data"] == {"lost": None, "publishHealth": {"message": "API is running"}}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["upstream"]) == (["lost"], "bpm")


@pytest.mark.case("G18")
async def test_fields_of_a_mutation_run_one_after_the_other_up_to_the_first_that_fails(
    facade: Running, upstream: sandbox.Running
) -> None:
    customers = ["C-100", "C-100", "C-300", "C-100", "C-100"]
    fields = " ".join(f"m{place}: {EVENT % customer}" for place, customer in enumerate(customers))
    answer = (await ask(facade, {"query": f"mutation {{ {fields} }}"})).json()
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["reason"]) == (["m2"], "CUSTOMER_INACTIVE")
    # The fields are non-null by the schema, so that the whole of `data` is (GraphQL, section 6.4.4): the caller learns
    # from the path which one failed, and from the extensions that those before it were done.
    assert answer["data"] is None
    assert error["extensions"]["completed"] == ["m0", "m1"]
    entries = upstream.state.log.entries("/publish/*")
    assert [json.loads(entry.body)["envcustomerid"] for entry in entries] == customers[:3]
    assert upstream.state.log.most_in_flight == 1


async def test_fields_of_a_query_run_side_by_side(facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"delay": 0.2})
    answer = await ask(facade, {"query": "{ a: publishHealth { message } b: publishHealth { message } }"})
    assert answer.json().keys() == {"data"}
    assert upstream.state.log.most_in_flight == 2


@pytest.mark.parametrize("given", ["id-1", "x" * 128])
async def test_the_request_id_is_the_caller_s(given: str, facade: Running) -> None:
    answer = await ask(facade, {"query": "{ nothing }"}, **{"x-request-id": given})
    assert answer.headers["x-request-id"] == given
    assert only_errors(answer)[0]["extensions"]["requestId"] == given


async def test_a_request_without_a_usable_id_gets_one(facade: Running) -> None:
    answers = [await ask(facade, {"query": "{ __typename }"}, **{"x-request-id": given}) for given in ("", "a b")]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids - {"", "a b"}) == 2
