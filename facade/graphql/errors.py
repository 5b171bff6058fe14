"""How a FacadeError is told over GraphQL: one function for an error, one table for a request that was not executed."""

import re
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

from facade.errors import Code, FacadeError, Reason, masked

# HTTP statuses of requests of which nothing was executed. An executed one is 200, whatever its errors: GraphQL over
# HTTP (https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes).
HTTP_STATUS: dict[Code, int] = {
    Code.INVALID_ARGUMENT: 400,
    Code.UNAUTHENTICATED: 401,
    Code.PERMISSION_DENIED: 403,
    Code.RESOURCE_EXHAUSTED: 503,
    Code.UNAVAILABLE: 503,
    Code.INTERNAL: 500,
}
REASON_STATUS: dict[Reason, int] = {Reason.RATE_LIMITED: 429}  # the caller's fault, and not the facade's
# Codes that a protocol of GraphQL's has of its own; all others are ours.
PROTOCOL_CODES: dict[Reason, str] = {Reason.PERSISTED_QUERY_NOT_FOUND: "PERSISTED_QUERY_NOT_FOUND"}
VARIABLE = re.compile(r"Variable '\$\w+'")
VARIABLES = "variables."
LONGEST_MESSAGE = 300  # characters of a sentence of graphql-core, which repeats what the caller sent


def cause(error: GraphQLError) -> FacadeError:
    """The failure behind a GraphQL error. One without a cause is about the document or its variables."""
    original = error.original_error
    if original is not None and not about_request(error, original):
        return masked(original)
    told = error.message if len(error.message) <= LONGEST_MESSAGE else error.message[:LONGEST_MESSAGE] + "…"
    return FacadeError(Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST, told)


def discreet(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """The same errors about variables without their values, which graphql-core repeats: one may be a password."""
    return [
        GraphQLError(f"{before_value(error.message)} a value that is not of its type.", error.nodes) for error in errors
    ]


def before_value(sentence: str) -> str:
    """What a sentence says of a variable before it comes to the value."""
    found = VARIABLE.match(sentence)
    return f"{found[0]} has" if found else "A variable has"


def about_request(error: GraphQLError, original: Exception) -> bool:
    """Whether graphql-core raised `original` about a variable (nothing has a path then) or an argument (has a node).

    What it raises about a resolver's result has neither, and is a defect of ours.
    """
    return isinstance(original, GraphQLError) and (error.path is None or original.nodes is not None)


def formatted(error: GraphQLError, failure: FacadeError, request_id: str, trace_id: str = "") -> dict[str, Any]:
    """The entry of `errors` for `error`, whose cause is `failure`."""
    told: dict[str, Any] = {"message": message(failure)}
    if error.locations:
        told["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        told["path"] = error.path
    told["extensions"] = extensions(failure, request_id, trace_id)
    return told


def message(failure: FacadeError) -> str:
    """The failure's sentence, with fields named as GraphQL names them."""
    if failure.violations:
        return "; ".join(f"{camel(each.field)}: {each.description}" for each in failure.violations)
    return failure.message


def extensions(failure: FacadeError, request_id: str, trace_id: str = "") -> dict[str, Any]:
    """The machine-readable part of an error."""
    told: dict[str, Any] = {
        "code": PROTOCOL_CODES.get(failure.reason, failure.code),
        "reason": failure.reason,
        "upstream": failure.upstream or None,
        "upstreamStatus": failure.upstream_status or None,
        "retryable": failure.retryable,
        "requestId": request_id,
    }
    if trace_id:
        told["traceId"] = trace_id
    if failure.retryable and failure.retry_after is not None:
        told["retryAfter"] = failure.retry_after
    if failure.violations:
        told["fieldViolations"] = [
            {"field": camel(each.field), "description": each.description} for each in failure.violations
        ]
    return told


def camel(path: str) -> str:
    """A field's path as the GraphQL schema spells it; a variable has the name that the client gave it."""
    if path.startswith(VARIABLES):
        return path
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), path)
