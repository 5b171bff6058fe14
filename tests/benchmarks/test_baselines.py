"""The baselines do the facade's work: the same answers, for the same requests to the REST APIs."""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from benchmarks.baselines import node
from facade import sandbox
from facade.server import Running
from tests.bulk.processes import printing
from tests.faces.rpc import GrpcFace
from tests.support import basic

FIELDS = "mail cn sn accountAdmin developer endUser operator tester"
EVENT = {
    "envCustomerId": "C-100",
    "entity": "host-1",
    "severity": "4",
    "description": "cpu issue",
    "messages": "",
    "eventId": "1",
    "firstOccurrence": "2024-04-16T12:01:00.254Z",
    "parameterName": "cpu",
}
RPC_EVENT = {
    "env_customer_id": "C-100",
    "entity": "host-1",
    "severity": "4",
    "description": "cpu issue",
    "messages": "",
    "event_id": "1",
    "first_occurrence": "2024-04-16T12:01:00.254Z",
    "parameter_name": "cpu",
}
PUBLISH = {
    "query": "mutation($event: EventInput!) { publishEvent(event: $event) { message } }",
    "variables": {"event": EVENT},
}
REQUESTS: list[dict[str, Any]] = [
    PUBLISH,
    PUBLISH,  # with the token of the first
    {
        "query": f"query($mail: String!) {{ user(mail: $mail) {{ {FIELDS} }} }}",
        "variables": {"mail": "user-002@example.com"},
    },
    {"query": "{ users(first: 100) { nodes { mail cn sn developer } } }"},
]
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("PublishEvent", {"event": RPC_EVENT}),
    ("PublishEvent", {"event": RPC_EVENT}),
    ("GetUser", {"mail": "user-002@example.com"}),
    ("ListUsers", {"page_size": 100}),
]
TOKEN_ONCE = ["POST /api/v1/user/token", "POST /publish/allevents", "POST /publish/allevents"]

Ask = Callable[[str], Awaitable[list[dict[str, Any]]]]


async def ask_graphql(address: str) -> list[dict[str, Any]]:
    """The answers of a GraphQL server to each of REQUESTS."""
    async with httpx.AsyncClient(base_url=f"http://{address}", headers=basic()) as client:
        return [(await client.post("/graphql", json=request)).json() for request in REQUESTS]


async def ask_grpc(address: str) -> list[dict[str, Any]]:
    """The answers of a gRPC server to each of CALLS; a page's tokens are each server's own."""
    async with GrpcFace(address) as face:
        answers = [await face.call(operation, arguments) for operation, arguments in CALLS]
    return [{name: value for name, value in answer.items() if "page_token" not in name} for answer in answers]


async def requested(upstream: sandbox.Running) -> list[tuple[str, str, Any, set[str]]]:
    """What has reached the sandbox since it was last asked: request line, query, body, and how the caller is named."""
    async with httpx.AsyncClient(base_url=upstream.url) as client:
        entries = (await client.get("/sandbox/requests")).json()["requests"]
        await client.delete("/sandbox/requests")
    return [
        (
            f"{entry['method']} {entry['path']}",
            entry["query"],
            json.loads(entry["body"] or "null"),
            # The Basic credentials' digest is the same whoever sends them; a cookie's is not, as tokens differ.
            {entry["headers"].get("authorization", "none"), *(entry["headers"].keys() & {"cookie", "content-type"})},
        )
        for entry in entries
    ]


def python(name: str) -> list[str]:
    """The command line of a baseline in Python."""
    module, *arguments = name.split()
    return [sys.executable, "-m", f"benchmarks.baselines.{module}", *arguments]


def yoga(name: str) -> list[str]:
    """The command line of a baseline in Node, or a skipped test."""
    commands = node.commands(install=False)
    if isinstance(commands, str):
        pytest.skip(commands.removeprefix("skipped: "))
    return commands[name]


@pytest.mark.parametrize(
    ("command", "name", "ask"),
    [
        pytest.param(python, "one_day_grpc", ask_grpc, id="one_day_grpc"),
        pytest.param(python, "one_day_graphql", ask_graphql, id="one_day_graphql"),
        pytest.param(python, "one_day_graphql --cached", ask_graphql, id="one_day_graphql-cached"),
        pytest.param(yoga, "fetch", ask_graphql, id="yoga-fetch"),
        pytest.param(yoga, "tuned", ask_graphql, id="yoga-tuned"),
    ],
)
async def test_a_baseline_answers_and_asks_as_the_facade(
    upstream: sandbox.Running, facade: Running, command: Callable[[str], list[str]], name: str, ask: Ask
) -> None:
    line = command(name)
    answers = await ask(facade.grpc if ask is ask_grpc else facade.http.removeprefix("http://"))
    requests = await requested(upstream)
    assert [each[0] for each in requests[:3]] == TOKEN_ONCE
    async with printing(*line, start="127.0.0.1:", env={"UPSTREAM": upstream.url}) as (_, address):
        assert await ask(address.strip()) == answers
        assert await requested(upstream) == requests


async def test_the_null_grpc_server_answers_as_much_as_the_facade(facade: Running) -> None:
    [published, _, found, listed] = await ask_grpc(facade.grpc)
    async with printing(*python("null_grpc"), start="127.0.0.1:", env={}) as (_, address):
        [null_published, _, null_found, null_listed] = await ask_grpc(address.strip())
    assert null_published == published
    assert null_found["user"].keys() == found["user"].keys()
    assert len(null_listed["users"]) == len(listed["users"]) == 100


async def test_the_null_asgi_server_answers_as_the_facade_does_to_an_event(facade: Running) -> None:
    published, *_ = await ask_graphql(facade.http.removeprefix("http://"))
    async with printing(*python("null_asgi"), start="127.0.0.1:", env={}) as (_, address):
        assert (await ask_graphql(address.strip()))[0] == published


async def test_a_baseline_that_cannot_run_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert node.commands() == "skipped: Node is not installed"
