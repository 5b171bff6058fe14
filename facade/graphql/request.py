"""GraphQL over HTTP: what a request asks for (https://graphql.github.io/graphql-over-http/draft/).

What is in the body is the same where it is the payload of a WebSocket message.
"""

import asyncio
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Receive

from facade.caller import HEADERS
from facade.errors import Code, FacadeError, Reason, invalid
from facade.graphql.json_text import NOT_A_REQUEST, not_a_request, read_json
from facade.graphql.persisted import asked_hash, document_hash

JSON_TYPE = "application/json"
TIMEOUT = "x-request-timeout"
HTTP_MEANING = {413: (Code.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE)}
LINGER = 1.0  # seconds for which the rest of a body that is too large is read
WANTED = {name.encode(): name for name in (*HEADERS, TIMEOUT)}


class HttpError(Exception):
    """A request that HTTP itself has a status for.

    Attributes:
        status: the status to answer with.
        failure: what is wrong.
        headers: further headers of the answer.

    """

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.failure = FacadeError(*HTTP_MEANING.get(status, NOT_A_REQUEST), message)
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of a request, in whose text and variables there may be a password.

    Attributes:
        query: the document; "" where the client asks for one by its hash alone.
        operation_name: the operation to run, or None.
        variables: the values of its variables, by name.
        persisted: the document's SHA-256 in lower-case hex, or None where the client sends none.

    """

    query: str = field(repr=False)
    operation_name: str | None
    variables: dict[str, Any] = field(repr=False)
    persisted: str | None = None


def check(method: str, headers: Headers) -> None:
    """Refuses what is no GraphQL request; with it goes every request that a browser sends without asking first.

    GET too, which clients like for persisted queries: with it a page of another site could use a visitor's cookie.
    """
    if method != "POST":
        raise HttpError(405, "Only POST is offered.", {"allow": "POST"})
    kind, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != JSON_TYPE or charset not in {"", "charset=utf-8"}:
        raise HttpError(415, "The body must be application/json in UTF-8.")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise HttpError(415, "The body must not be compressed.", {"accept-encoding": "identity"})


async def read_body(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The body, refused before it is larger than `limit` bytes."""
    if (declared := headers.get("content-length", "")).isdigit() and int(declared) > limit:
        if "expect" not in headers:  # such a client waits for our word before it sends the body
            await discard(receive)
        raise too_large(limit)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HttpError(400, "The client closed the connection.")
        body += message.get("body", b"")
        if len(body) > limit:
            if message.get("more_body", False):
                await discard(receive)
            raise too_large(limit)
        if not message.get("more_body", False):
            return bytes(body)


async def discard(receive: Receive) -> None:
    """Reads the rest of a body for a moment: a connection closed with unread bytes is reset, and the answer lost."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER):
            while (await receive()).get("more_body", False):
                pass


def too_large(limit: int) -> HttpError:
    """The connection is closed: what is left of the body is not read."""
    return HttpError(413, f"The body is larger than {limit} bytes.", {"connection": "close"})


async def parse(body: bytes) -> GraphQLRequest:
    """The request in a JSON body. INVALID_ARGUMENT names what is wrong."""
    return parameters(await read_json(body))


def parameters(document: Any) -> GraphQLRequest:
    """The parameters in a request's JSON object. INVALID_ARGUMENT names what is wrong."""
    if not isinstance(document, dict):
        raise not_a_request("The body must be one JSON object; batches are not offered.")
    query, name, variables = (document.get(key) for key in ("query", "operationName", "variables"))
    extensions = document.get("extensions")
    if not isinstance(extensions, dict | None):
        raise invalid("extensions", "must be an object or null")
    persisted = asked_hash(extensions) if extensions else None
    if persisted is None and document.get("documentId") is not None:
        persisted = document_hash(document["documentId"])
    if query is None and persisted is not None:
        query = ""
    if not isinstance(query, str):
        raise invalid("query", "must be a string")
    if not isinstance(name, str | None):
        raise invalid("operationName", "must be a string or null")
    if not isinstance(variables, dict | None):
        raise invalid("variables", "must be an object or null")
    return GraphQLRequest(query, name, variables or {}, persisted)


def asked_time(values: Sequence[str]) -> float | None:
    """Seconds that `x-request-timeout` grants, or None where it is missing. INVALID_ARGUMENT if it is no number > 0."""
    if not values:
        return None
    try:
        seconds = float(values[0])
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise invalid(TIMEOUT, "must be a positive number of seconds")
    return seconds


def wanted(headers: Headers) -> dict[str, list[str]]:
    """The headers that describe a caller and the time that it grants."""
    found: dict[str, list[str]] = {}
    for name, value in headers.raw:
        if name in WANTED:
            found.setdefault(WANTED[name], []).append(value.decode("latin-1"))
    return found
