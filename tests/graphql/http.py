"""Sends one request to /graphql as it is told to."""

import json
from typing import Any

import httpx

from facade.server import Running

QUERY = "{ __typename }"
BODY = json.dumps({"query": QUERY}).encode()
JSON = "application/json"
NEW = "application/graphql-response+json"


async def post(facade: Running, content: bytes = BODY, /, **headers: str) -> httpx.Response:
    """The answer to a body sent as JSON, with these headers."""
    sent = {"content-type": JSON} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(base_url=facade.http) as client:
        return await client.post("/graphql", content=content, headers=sent)


def only_errors(answer: httpx.Response) -> list[Any]:
    """The errors of a request of which nothing was executed."""
    document = answer.json()
    assert document.keys() == {"errors"}
    assert len(document["errors"]) > 0
    return list(document["errors"])
