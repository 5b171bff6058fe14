"""What a GraphQL request is answered with, and what the log is told of it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from graphql import ExecutionResult, GraphQLError

from facade.caller import Caller
from facade.errors import FacadeError, Reason, ended
from facade.graphql.errors import HTTP_STATUS, REASON_STATUS, cause, formatted
from facade.traces.span import Span, trace_id

PAUSED = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}
AUTHENTICATE = {"www-authenticate": 'Basic realm="facade", charset="UTF-8", Bearer realm="facade"'}
AUTHENTICATE_CALLER = {"www-authenticate": 'Bearer realm="facade"'}  # the one scheme of HTTP that callers have


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request led to.

    Attributes:
        status: the HTTP status.
        content: the JSON body.
        method: what the log calls the request.
        failure: the first thing that failed, or None.
        asked: the upstreams that were called.
        headers: further headers.

    """

    status: int
    content: dict[str, Any] = field(repr=False)  # a token may be in it
    method: str = "graphql"
    failure: FacadeError | None = None
    asked: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def refused(
    failure: FacadeError,
    name: str,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    span: Span | None = None,
) -> Answer:
    """The answer to a request that failed as a whole."""
    status = status or REASON_STATUS.get(failure.reason) or HTTP_STATUS[failure.code]
    more = dict(headers or {})
    if status == HTTPStatus.UNAUTHORIZED:  # RFC 9110 wants the header with it
        more |= AUTHENTICATE_CALLER if failure.reason is Reason.CALLER_NOT_AUTHENTICATED else AUTHENTICATE
    if status in PAUSED and failure.retry_after is not None:
        more["retry-after"] = str(math.ceil(failure.retry_after))
    entry = formatted(GraphQLError(failure.message), failure, name, trace_id(span))
    return Answer(status, {"errors": [entry]}, failure=failure, headers=more)


def with_errors(status: int, errors: tuple[GraphQLError, ...], name: str, span: Span | None = None) -> Answer:
    """The answer to a request of which nothing was executed; it has no `data`."""
    told, first = entries(errors, name, span)
    return Answer(status, {"errors": told}, failure=first)


def executed(result: ExecutionResult, name: str, caller: Caller, done: Iterable[str] = ()) -> Answer:
    """The answer to a request that was executed; `name` is what the log calls it.

    `done` are the fields of a mutation that have been carried out. Where one that failed leaves no data, the errors
    tell of the others: a client that repeated all of it would do them twice.
    """
    if not result.errors:
        return Answer(200, {"data": result.data}, name, asked=caller.asked)
    told, first = entries(result.errors, caller.request_id, caller.span)
    if result.data is None and (completed := list(done)):
        for entry in told:
            entry["extensions"]["completed"] = completed
    return Answer(200, {"errors": told, "data": result.data}, name, first, caller.asked)


def entries(errors: Sequence[GraphQLError], name: str, span: Span | None) -> tuple[list[dict[str, Any]], FacadeError]:
    """The answer's `errors`, and the first failure among them. Each cause is sought once: a defect is logged then."""
    failures = [cause(error) for error in errors]
    for error in errors:
        ended(error)
    traced = trace_id(span)
    return [formatted(error, why, name, traced) for error, why in zip(errors, failures, strict=True)], failures[0]
