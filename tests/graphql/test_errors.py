"""How a FacadeError is told over GraphQL, and which errors of graphql-core are the caller's."""

import logging
from dataclasses import replace
from typing import Any

import httpx
import pytest
from graphql import GraphQLError

from facade import sandbox
from facade.errors import Code, FacadeError, Outcome, Reason, Violation, invalid
from facade.graphql.errors import HTTP_STATUS, cause, extensions, formatted
from facade.server import Running
from tests.support import basic, set_faults

pytestmark = pytest.mark.anyio

BARE = FacadeError(Code.ABORTED, Reason.LIST_CHANGED, "It changed.")
SECRET = "canary-7f3a"


def told(failure: FacadeError) -> dict[str, Any]:
    """The entry of `errors`, which comes from a field."""
    return formatted(GraphQLError("not shown", path=["users", 0]), failure, "id-1")


async def ask(facade: Running, query: str, variables: Any = None) -> Any:
    """The answer to the API user's request."""
    async with httpx.AsyncClient(base_url=facade.http) as client:
        body = {"query": query, "variables": variables}
        return (await client.post("/graphql", json=body, headers=basic())).json()


def test_an_error_says_all_there_is() -> None:
    failure = replace(BARE, upstream="bpm", upstream_status=409)
    assert told(failure) == {
        "message": "It changed.",
        "path": ["users", 0],
        "extensions": {
            "code": "ABORTED",
            "reason": "LIST_CHANGED",
            "upstream": "bpm",
            "upstreamStatus": 409,
            "retryable": True,
            "requestId": "id-1",
        },
    }


def test_where_no_upstream_answered_there_is_null() -> None:
    extensions = told(BARE)["extensions"]
    assert (extensions["upstream"], extensions["upstreamStatus"]) == (None, None)


def test_what_may_have_taken_effect_is_not_to_be_repeated() -> None:
    assert told(replace(BARE, outcome=Outcome.UNKNOWN))["extensions"]["retryable"] is False


def test_a_wrong_field_is_named_as_the_schema_names_it() -> None:
    entry = told(invalid("update.customer_id", "must not be empty"))
    assert entry["message"] == "update.customerId: must not be empty"
    violation = {"field": "update.customerId", "description": "must not be empty"}
    assert entry["extensions"]["fieldViolations"] == [violation]


def test_a_variable_is_named_as_its_client_has_named_it() -> None:
    entry = told(invalid("variables.new_users", "has more than 3 items"))
    assert entry["message"] == "variables.new_users: has more than 3 items"
    assert [each["field"] for each in entry["extensions"]["fieldViolations"]] == ["variables.new_users"]


def test_several_wrong_fields_are_all_named() -> None:
    entry = told(replace(BARE, violations=(Violation("a_b", "is bad"), Violation("c", "is worse"))))
    assert entry["message"] == "aB: is bad; c: is worse"
    assert len(entry["extensions"]["fieldViolations"]) == 2


def test_an_error_about_the_document_has_its_place_and_no_path() -> None:
    error = GraphQLError("Wrong.", positions=None)
    assert formatted(error, cause(error), "id-1").keys() == {"message", "extensions"}


def test_every_code_that_refuses_a_whole_request_has_a_status() -> None:
    # The codes of a request of which nothing was executed: its form, its caller, the door, a defect.
    refusing = {"INVALID_ARGUMENT", "UNAUTHENTICATED", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "UNAVAILABLE"}
    assert {code.value for code in HTTP_STATUS} == refusing | {"INTERNAL"}


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        pytest.param("query($f: Int) { users(first: $f) { totalCount } }", {"f": SECRET}, id="a text for a number"),
        pytest.param("query($m: String!) { user(mail: $m) { mail } }", {"m": {SECRET: 1}}, id="an object for a text"),
        pytest.param("query($m: String!) { user(mail: $m) { mail } }", {}, id="nothing for a text"),
        pytest.param(
            "mutation($p: String!) { generateToken(email: $p, password: $p) { name } }",
            {"p": [SECRET]},
            id="a list for a password",
        ),
        pytest.param(
            "mutation($e: EventInput!) { publishEvent(event: $e) { message } }", {"e": {SECRET: 1}}, id="another field"
        ),
    ],
)
async def test_a_variable_that_does_not_fit_is_the_caller_s_fault_and_not_logged(
    query: str, variables: Any, facade: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "facade")
    answer = await ask(facade, query, variables)
    assert answer.keys() == {"errors"}
    for error in answer["errors"]:
        assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
        assert "$" in error["message"]
    assert [record for record in caplog.records if record.exc_info] == []
    assert SECRET not in caplog.text


LOGIN = 'mutation($p: String!) { generateToken(email: "a@example.com", password: $p) { name } %s}'
PLAIN = "... @skip(if: true) { __typename } "


@pytest.mark.case("A12")
@pytest.mark.parametrize("more", ["", PLAIN], ids=["by a plan", "without"])
@pytest.mark.parametrize("value", [{SECRET: 1}, [SECRET], [{"a": SECRET}], 73041958, None], ids=repr)
async def test_a_password_that_is_no_text_is_not_repeated(value: Any, more: str, facade: Running) -> None:
    (error,) = (await ask(facade, LOGIN % more, {"p": value}))["errors"]
    assert error["message"] == "Variable '$p' has a value that is not of its type."
    assert error["extensions"]["code"] == "INVALID_ARGUMENT"
    assert error["locations"] == [{"line": 1, "column": 10}]


async def test_null_for_what_has_a_default_is_the_caller_s_fault(facade: Running) -> None:
    # The one mistake in a variable that graphql-core finds only at the field (GraphQL, section 6.4.1).
    query = 'query($m: String = "x") { user(mail: $m) { mail } }'
    answer = await ask(facade, query, {"m": None})
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["user"], "INVALID_ARGUMENT")
    assert answer["data"] == {"user": None}


async def test_a_value_that_the_schema_cannot_say_is_a_defect(facade: Running, upstream: sandbox.Running) -> None:
    listed = {"beginIndex": 0, "endIndex": 0, "totalUsers": 3_000_000_000, "users": []}
    await set_faults(upstream.url, {"path": "/bpm/*", "status": 200, "body": listed})
    answer = await ask(facade, "{ users { totalCount } }")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "3000000000" not in error["message"]


def test_an_error_of_graphql_core_about_our_result_is_masked() -> None:
    result = GraphQLError("Int cannot represent 3000000000", path=["a"], original_error=GraphQLError("no place"))
    assert cause(result).code is Code.INTERNAL


def test_a_long_sentence_of_graphql_core_is_cut() -> None:
    failure = cause(GraphQLError("x" * 20_000))
    assert len(failure.message) < 1000
    assert failure.message.endswith("…")


def test_a_known_pause_is_told_where_repeating_is_safe() -> None:
    passing = FacadeError(Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED, "Busy.", retry_after=7.0)
    in_doubt = FacadeError(
        Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED, "Busy.", retry_after=7.0, outcome=Outcome.UNKNOWN
    )

    assert extensions(passing, "id-1")["retryAfter"] == 7.0
    assert "retryAfter" not in extensions(in_doubt, "id-1")
