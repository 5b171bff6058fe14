"""Lists as long as the limits allow: they are what they would be in one piece, and are not looked at in one."""

import json
from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_variable_values, parse

from facade import sandbox
from facade.domain.slices import SLICE
from facade.graphql.lists import MAX_ERRORS
from facade.graphql.schema import executable
from facade.server import Running
from tests.graphql.http import only_errors, post
from tests.graphql.pieces import Account, Asked, pieces
from tests.graphql.socket import SYNC, connected, sync
from tests.support import basic

pytestmark = pytest.mark.anyio

USERS = 20 * SLICE
SHARE = (
    8  # a piece is less than an eighth of the request, of whose twenty slices each is looked at in a piece of its own
)
OFF = dict.fromkeys(("accountAdmin", "developer", "endUser", "operator", "tester"), False)
DIRECTED = SYNC.replace(" plan", " plan @include(if: true)")
CREATE = "mutation($users: [NewUserInput!]!) { createUsers(users: $users) { itemId } }"
PLAIN = CREATE.replace(" { itemId", " @include(if: true) { itemId")  # for which no plan is made


def user(number: int, **more: Any) -> dict[str, Any]:
    return {"mail": f"n{number}@x.example", "cn": "C", "sn": "S", "tester": True} | more


def asking(query: str, **variables: Any) -> dict[str, Any]:
    return {"query": query, "variables": variables}


ROSTER = [user(number) for number in range(USERS)]
OPTIONS = {"dryRun": True, "replaceChanged": True, "deleteMissing": True}
WRONG = [*ROSTER[:-1], user(0, cn=7)]
PUBLISH = "mutation($items: [PublishItemInput!]!) { publishBatch(items: $items) { itemId } }"
UPDATE = "mutation($updates: [TicketUpdateInput!]!) { updateTickets(updates: $updates) { itemId } }"
REQUESTS = {
    "a roster of new users": (0, asking(SYNC, roster=ROSTER, options=OPTIONS)),
    "a roster that changes all users": (USERS, asking(SYNC, roster=ROSTER, options=OPTIONS)),
    "a roster that deletes all users": (USERS, asking(SYNC, roster=ROSTER[:1], options=OPTIONS)),
    "a roster that is wrong at its end": (0, asking(SYNC, roster=WRONG, options=OPTIONS)),
    "a plan with a directive": (
        0,
        asking(DIRECTED, roster=ROSTER, options=OPTIONS),
    ),
    "a batch of users": (0, asking(CREATE, users=ROSTER)),
    "a batch of users, without a plan": (0, asking(PLAIN, users=ROSTER)),
    "a batch of users that is wrong at its end": (0, asking(CREATE, users=WRONG)),
    "a batch of records": (
        0,
        asking(PUBLISH, items=[{"itemId": str(n), "event": {"entity": "E", "severity": "s"}} for n in range(USERS)]),
    ),
    "a batch of tickets": (
        0,
        asking(UPDATE, updates=[{"customerId": "C", "sysId": str(n), "state": 1} for n in range(USERS)]),
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_request_is_read_converted_and_planned_in_pieces(name: str) -> None:
    present, request = REQUESTS[name]
    asked = Asked(Account([user(number, **OFF) for number in range(present)]), request)
    counts = await pieces(asked.answered())
    assert asked.body
    assert max(counts) * SHARE < sum(counts)


async def test_who_leaves_while_a_list_is_converted_asks_nothing_of_an_upstream() -> None:
    account = Account([])
    asked = Asked(account, asking(SYNC, roster=ROSTER, options=OPTIONS), gone=True)
    await asked.answered()
    assert (account.requests, asked.body) == ([], b"")


WRONGS: dict[str, dict[int, dict[str, Any]]] = {
    "the first": {0: {"cn": 7}},
    "the last": {SLICE + 1: {"cn": 7}},
    "the last of a slice, and the first of the next": {SLICE - 1: {"mail": None}, SLICE: {"mail": []}},
    "a field that there is not": {SLICE: {"middleName": "x"}},
    "as many as are told": {2 * n: {"tester": "yes"} for n in range(MAX_ERRORS)},
    "more than are told, in two slices": {SLICE - 5 + n: {"tester": 0} for n in range(MAX_ERRORS + 1)},
    "all": {n: {"sn": False} for n in range(SLICE + 2)},
}
SEVERAL = (
    "mutation($a: String!, $users: [NewUserInput!]!, $b: Boolean, $more: [NewUserInput!]!) {"
    " x: createUsers(users: $users) { itemId } y: deleteUser(mail: $a, allowMissing: $b) { mail }"
    " z: createUsers(users: $more) { itemId } }"
)


def mistaken(places: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    return [user(number, **places.get(number, {})) for number in range(SLICE + 2)]


VARIABLES = {name: asking(CREATE, users=mistaken(places)) for name, places in WRONGS.items()} | {
    "no object": asking(CREATE, users=[*ROSTER[:SLICE], "x"]),
    "null": asking(CREATE, users=[*ROSTER[:SLICE], None]),
    "others, too": asking(SEVERAL, a=1, users=mistaken(WRONGS["the last"]), b="no", more=mistaken(WRONGS["the first"])),
    "others, too many": asking(SEVERAL, a=1, users=mistaken(WRONGS["as many as are told"]), b="no", more=[]),
    "others alone": asking(SEVERAL, a=1, users=ROSTER[: SLICE + 1], b=None, more=[]),
}


@pytest.mark.parametrize("name", VARIABLES)
async def test_what_is_wrong_is_told_as_graphql_core_tells_it(name: str, facade: Running) -> None:
    request = VARIABLES[name]
    (operation,) = parse(request["query"]).definitions
    assert isinstance(operation, OperationDefinitionNode)
    expected = get_variable_values(
        executable(), operation.variable_definitions or (), request["variables"], max_errors=MAX_ERRORS
    )
    assert isinstance(expected, list)
    answer = await post(facade, json.dumps(request).encode(), **basic())
    assert answer.status_code == 400
    told = only_errors(answer)
    assert [error["message"][:200] for error in told] == [error.message[:200] for error in expected]
    assert [error.get("locations") for error in told] == [error.formatted.get("locations") for error in expected]


@pytest.mark.parametrize("count", [SLICE, SLICE + 1, 2 * SLICE + 1])
async def test_users_are_those_that_were_sent(count: int, facade: Running, upstream: sandbox.Running) -> None:
    given: list[dict[str, Any]] = [{}, {"tester": True, "endUser": False}, {"operator": None}]
    roster = [{"mail": f"n{n}@x.example", "cn": "C", "sn": str(n)} | given[n % 3] for n in range(count)]
    async with connected(facade) as talk:
        await talk.subscribe("a", asking(SYNC, roster=roster, options={}))
        *told, end = await talk.until_ended("a")
    assert end is None
    assert told[-1]["data"]["syncUsers"]["summary"] == {"added": count, "failed": 0, "notAttempted": 0}
    account = upstream.state.roster
    there = {user["mail"]: dict(user) for user in account.page(0, len(account))}
    defaults = OFF | {"endUser": True}
    for one in roster:
        assert there[one["mail"]] == defaults | {name: value for name, value in one.items() if value is not None}


async def test_a_list_that_several_fields_take_is_each_time_the_same(facade: Running) -> None:
    fields = " ".join(f"a{n}: createUsers(users: $users) {{ itemId }}" for n in range(3))
    request = asking(f"mutation($users: [NewUserInput!]!) {{ {fields} }}", users=ROSTER[: SLICE + 1])
    (error,) = (await post(facade, json.dumps(request).encode(), **basic())).json()["errors"]
    assert error["message"] == f"users: has {SLICE + 1} items; a batch takes at most 1000: send several, or a stream"
    assert error["path"] == ["a0"]


async def test_time_that_is_over_before_a_list_is_converted_is_told(facade: Running) -> None:
    sent = json.dumps(sync(SLICE + 1)).encode()
    answer = await post(facade, sent, accept="text/event-stream", x_request_timeout="0.000001", **basic())
    assert "DEADLINE_EXCEEDED" in answer.text
