"""A plan answers just as the plain executor does, byte for byte, errors included, and asks nothing twice."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from graphql import parse_value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import mutations, queries

from facade.admission import Door
from facade.bulk.connect import over
from facade.caller import Caller, Limits
from facade.graphql.answer import with_errors
from facade.graphql.execution import Executor
from facade.graphql.operations import NotExecutedError, Operation
from facade.graphql.request import GraphQLRequest
from facade.graphql.schema import sdl
from facade.upstreams.blurred import Blurred
from facade.upstreams.connect import connect
from tests.transports import Answering
from tests.upstreams.answers import SAMPLES
from tests.upstreams.doubles import ADDRESSES, BASIC

Told = tuple[bytes, list[str]]
LIMITS = Limits(5.0, 5.0)
RECORDS = [parse_value(text) for text in ("{}", "{a: 1}", '{a: {b: [1.5, true, null, "ä"]}}')]
USER = {"mail": "a@example.com", "cn": "A", "sn": "Ä", "accountAdmin": False, "developer": True}
USER |= {"endUser": True, "operator": False, "tester": False}
# What goes wrong at which upstream, by its host: a status that is not tried again, or a body that means nothing.
WRONG: dict[str, httpx.Response | None] = {
    "nothing": None,
    "refused": httpx.Response(400, json={"message": "no"}),
    "not found": httpx.Response(404),
    "malformed": httpx.Response(200, content=b"<html>"),
}


def answer(request: httpx.Request, wrong: dict[str, str]) -> httpx.Response:
    """What the upstreams answer."""
    found = WRONG[wrong.get(request.url.host, "nothing")]
    if found is not None:
        return httpx.Response(found.status_code, content=found.content)
    if request.url.host == "token.test":
        return httpx.Response(200, content=(SAMPLES / "token/success/200.json").read_bytes())
    if request.url.host != "bpm.test":
        return httpx.Response(200, json={"message": "Data published successfully"})
    if request.method != "GET":
        return httpx.Response(200)
    if not request.url.path.endswith(".json"):
        return httpx.Response(200, json=USER)
    begin, end = int(request.url.params["beginIndex"]), int(request.url.params["endIndex"])
    users = [USER | {"mail": f"{number}@example.com"} for number in range(begin, min(end + 1, 3))]
    return httpx.Response(200, json={"beginIndex": begin, "totalUsers": 3, "users": users})


async def executed(
    text: str, variables: dict[str, Any], wrong: dict[str, str], *, plan: bool
) -> tuple[bytes, list[str]]:
    """The answer's body, and what the upstreams were asked."""
    transport = Answering(lambda request: answer(request, wrong))
    upstreams = connect(ADDRESSES, transport, max_sessions=9, login_timeout=5.0, blurred=Blurred())
    bulk = over(upstreams, Door(99), places=4, item_time=5.0)
    executor = Executor(upstreams, bulk, LIMITS, LIMITS, introspection=True, federation=True)
    try:
        operation = executor.operation(GraphQLRequest(text, None, variables))
        if not plan:
            whole = operation.prepared
            operation = Operation(replace(whole, plan=None), operation.request)
        loop = asyncio.get_running_loop()
        content = (await executor.execute(operation, Caller(BASIC, BASIC, loop.time() + 5, "id"))).content
    except NotExecutedError as error:
        content = with_errors(400, error.errors, "id").content
    if "errors" in content:  # of fields side by side, whichever fails first
        content["errors"].sort(key=lambda told: str(told.get("path")))
    return orjson.dumps(content), sorted(f"{sent.method} {sent.url} {sent.content!r}" for sent in transport.requests)


def same(text: str, variables: dict[str, Any], wrong: dict[str, str]) -> None:
    """Fails unless both ways lead to the same."""
    by_plan = asyncio.run(executed(text, variables, wrong, plan=True))
    plainly = asyncio.run(executed(text, variables, wrong, plan=False))
    assert by_plan == plainly


FAULTS = st.fixed_dictionaries(
    {}, optional={f"{host}.test": st.sampled_from(list(WRONG)) for host in ("token", "publish", "itsm", "bpm")}
)
SCALARS = {"JSON": st.sampled_from(RECORDS)}
OFTEN = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@OFTEN
@given(queries(sdl(), custom_scalars=SCALARS), FAULTS)
def test_a_query_by_its_plan_is_the_query_without(text: str, wrong: dict[str, str]) -> None:
    same(text, {}, wrong)


@OFTEN
@given(mutations(sdl(), custom_scalars=SCALARS), FAULTS)
def test_a_mutation_by_its_plan_is_the_mutation_without(text: str, wrong: dict[str, str]) -> None:
    same(text, {}, wrong)


EVENT = {"entity": "e", "severity": None, "attributes": {"a": 2**70}}
DOCUMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a user": ("query($m: String!) { user(mail: $m) { mail cn developer } }", {"m": "a@example.com"}),
    "one field": ('{ user(mail: "a@b.c") { sn } }', {}),
    "no variable": ("query($m: String!) { user(mail: $m) { mail } }", {}),
    "a variable of the wrong type": ("query($m: String!) { user(mail: $m) { mail } }", {"m": 1}),
    "a variable that may be left out": ("query($n: Int) { users(first: $n) { totalCount } }", {}),
    "a null": ("query($n: Int) { users(first: $n) { totalCount } }", {"n": None}),
    "an argument that is refused": ("{ users(first: 0) { totalCount } }", {}),
    "a page": (
        "{ users(first: 2) { nodes { mail cn } edges { cursor node { sn mail } } pageInfo { endCursor } } }",
        {},
    ),
    "an empty page": ('{ users(first: 2, after: "Mg") { nodes { mail } pageInfo { startCursor hasNextPage } } }', {}),
    "names": ('{ a: user(mail: "a@b.c") { x: mail y: mail __typename } }', {}),
    "fields twice": ("{ users { nodes { mail } nodes { cn } totalCount } users { totalCount nodes { sn } } }", {}),
    "fragments": (
        "{ users { nodes { ...a ... on User { sn } } ...b } } fragment a on User { mail } "
        "fragment b on UserConnection { totalCount nodes { ...a cn } }",
        {},
    ),
    "a directive": (
        "query($i: Boolean!) { users { totalCount @include(if: $i) nodes { mail @skip(if: $i) } } }",
        {"i": True},
    ),
    "entities": (
        "query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on User { mail cn } } }",
        {"r": [{"__typename": "User", "mail": "a@b.c"}, {"__typename": "User", "mail": "d@b.c"}, {"mail": 1}]},
    ),
    "entities written out, beside others": (
        '{ _entities(representations: {__typename: "User", mail: "a@b.c"}) { ...e } publishHealth { message } }'
        " fragment e on User { endUser tester }",
        {},
    ),
    "a type's name": ("{ __typename users { __typename } }", {}),
    "side by side": ('{ publishHealth { message } a: user(mail: "a@b.c") { mail } users { totalCount } }', {}),
    "an event": ("mutation($e: EventInput!) { publishEvent(event: $e) { message } }", {"e": EVENT}),
    "one after the other": (
        'mutation($e: EventInput!) { a: publishEvent(event: $e) { message } deleteUser(mail: "a@b.c") { mail }'
        ' createUser(user: {mail: "", cn: "a", sn: "b"}) { mail } b: publishEvent(event: $e) { message } }',
        {"e": EVENT},
    ),
    "items": (
        "mutation($i: [PublishItemInput!]!) { publishBatch(items: $i) { itemId ok message error { code reason } } }",
        {"i": [{"itemId": "1", "event": EVENT}, {"itemId": "2"}, {"itemId": "3", "metric": {"a": [1]}}]},
    ),
    "users to add": (
        'mutation { createUsers(users: [{mail: "a@b.c", cn: "a", sn: "b", tester: null}]) { ok error { message } } }',
        {},
    ),
}


@pytest.mark.parametrize(
    "wrong", [{}, {"bpm.test": "not found"}, {"publish.test": "refused"}, {"bpm.test": "malformed"}]
)
@pytest.mark.parametrize(("text", "variables"), DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_what_clients_ask_is_answered_alike(text: str, variables: dict[str, Any], wrong: dict[str, str]) -> None:
    same(text, variables, wrong)
