"""The tables of failure as the design states them, row by row: what is done, and what a caller must be told.

Written out here once more, independently of the code, so that code and design cannot drift apart unnoticed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from facade.errors import Code, Reason
from tests.faces.stack import Stack
from tests.support import basic

PUBLISH, TICKET, BPM, TOKEN = "/publish/allevents", "/gbp/push/", "/bpm/*", "/api/*"
NOWHERE = "http://127.0.0.1:1"
HTML = "<html><body>canary-host.example</body></html>"
ARGUMENTS: dict[str, dict[str, Any]] = {
    "PublishEvent": {"event": {"entity": "web-1"}},
    "CheckHealth": {},
    "UpdateTicket": {"update": {"customer_id": "C-100", "sys_id": "ab" * 16, "state": 4}},
    "GenerateToken": {"email": "api@example.com", "password": "sandbox"},
    "GetUser": {"mail": "api@example.com"},
    "CreateUser": {"user": {"mail": "new.user@example.com", "cn": "New", "sn": "User"}},
    "DeleteUser": {"mail": "api@example.com"},
    "ListUsers": {},
}
ORGANIZATION_USER = basic("user@example.com")
WRONG_PASSWORD = basic(password="wrong")
BAD_TOKEN = {"authorization": "Bearer not-a-token"}


async def nothing(_stack: Stack) -> None:
    """No preparation."""


@dataclass(frozen=True)
class Row:
    """One row: `operation` is called with its usual ARGUMENTS (or `arguments`) and `headers`, with `faults` set at the
    sandbox, the facade's settings changed by `settings`, after `prepare`.
    """

    name: str
    operation: str
    code: Code
    reason: Reason
    upstream: str = ""
    status: int = 0
    faults: tuple[dict[str, Any], ...] = ()
    headers: dict[str, str] = field(default_factory=basic)
    arguments: dict[str, Any] | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Stack], Awaitable[None]] = nothing
    retryable: bool = False


def said(path: str, status: int, message: str) -> tuple[dict[str, Any], ...]:
    """A fault that answers with a sentence."""
    return ({"path": path, "status": status, "body": {"message": message}},)


def event_of(customer: str) -> dict[str, Any]:
    """An event of a customer."""
    return {"event": {"env_customer_id": customer}}


INACTIVE = "Data has been sent for inactive customer"
FOREIGN = "User is not associated with the customer"

KNOWN_ANSWERS = [
    Row("token API 401", "GenerateToken", Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS, "token", 401,
        arguments={"email": "api@example.com", "password": "wrong"}),
    Row("wrong password when publishing", "PublishEvent", Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS, "token",
        401, headers=WRONG_PASSWORD),
    Row("Invalid credentials", "UpdateTicket", Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS, "integration", 401,
        headers=WRONG_PASSWORD),
    Row("BPM 403", "GetUser", Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS, "bpm", 403, headers=WRONG_PASSWORD),
    Row("Missing access token", "PublishEvent", Code.UNAUTHENTICATED, Reason.MISSING_CREDENTIALS, "publish", 401,
        said(PUBLISH, 401, "Missing access token")),
    Row("no credentials to publish", "PublishEvent", Code.UNAUTHENTICATED, Reason.MISSING_CREDENTIALS, "publish",
        headers={}),
    Row("no credentials for a ticket", "UpdateTicket", Code.UNAUTHENTICATED, Reason.MISSING_CREDENTIALS,
        "integration", headers={}),
    Row("no credentials for BPM", "ListUsers", Code.UNAUTHENTICATED, Reason.MISSING_CREDENTIALS, "bpm", headers={}),
    Row("a token for BPM", "GetUser", Code.UNAUTHENTICATED, Reason.BASIC_REQUIRED, "bpm", headers=BAD_TOKEN),
    Row("the caller's bad token, publishing", "PublishEvent", Code.UNAUTHENTICATED, Reason.INVALID_TOKEN, "publish",
        401, headers=BAD_TOKEN),
    Row("the caller's bad token, ticket", "UpdateTicket", Code.UNAUTHENTICATED, Reason.INVALID_TOKEN, "integration",
        401, headers=BAD_TOKEN),
    Row("Access denied with 401", "PublishEvent", Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, "publish", 401,
        headers=ORGANIZATION_USER),
    Row("Access denied with 403", "UpdateTicket", Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, "integration", 403,
        headers=ORGANIZATION_USER),
    Row("BPM 401", "ListUsers", Code.PERMISSION_DENIED, Reason.NOT_ADMINISTRATOR, "bpm", 401,
        headers=ORGANIZATION_USER),
    Row("inactive customer", "PublishEvent", Code.FAILED_PRECONDITION, Reason.CUSTOMER_INACTIVE, "publish", 401,
        arguments=event_of("C-300")),
    *(Row(f"inactive customer with {status}", "PublishEvent", Code.FAILED_PRECONDITION, Reason.CUSTOMER_INACTIVE,
          "publish", status, said(PUBLISH, status, INACTIVE)) for status in (200, 400, 403, 500)),
    Row("inactive customer's ticket", "UpdateTicket", Code.FAILED_PRECONDITION, Reason.CUSTOMER_INACTIVE,
        "integration", 400, arguments={"update": {"customer_id": "C-300", "sys_id": "1", "state": 4}}),
    Row("customer of others", "PublishEvent", Code.PERMISSION_DENIED, Reason.USER_NOT_IN_CUSTOMER, "publish", 401,
        arguments=event_of("C-200")),
    *(Row(f"customer of others with {status}", "PublishEvent", Code.PERMISSION_DENIED, Reason.USER_NOT_IN_CUSTOMER,
          "publish", status, said(PUBLISH, status, FOREIGN)) for status in (400, 403, 503)),
    Row("no such user", "GetUser", Code.NOT_FOUND, Reason.USER_NOT_FOUND, "bpm", 404,
        arguments={"mail": "nobody@example.com"}),
    Row("no such user to delete", "DeleteUser", Code.NOT_FOUND, Reason.USER_NOT_FOUND, "bpm", 404,
        arguments={"mail": "nobody@example.com"}),
    Row("user exists", "CreateUser", Code.ALREADY_EXISTS, Reason.USER_ALREADY_EXISTS, "bpm", 409,
        arguments={"user": {"mail": "API@example.com", "cn": "A", "sn": "B"}}),
]  # fmt: skip

# status -> (of a safe call, of an unsafe one): code and reason
REJECTED = Reason.UPSTREAM_REJECTED
STATUSES: dict[int, tuple[tuple[Code, Reason], tuple[Code, Reason]]] = {
    **{status: ((code, reason), (code, reason)) for status, code, reason in (
        (302, Code.INTERNAL, Reason.UPSTREAM_MALFORMED_RESPONSE),
        (400, Code.INVALID_ARGUMENT, REJECTED),
        (405, Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED),
        (407, Code.INTERNAL, Reason.UPSTREAM_CREDENTIALS_REJECTED),
        (412, Code.FAILED_PRECONDITION, REJECTED),
        (413, Code.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE),
        (414, Code.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE),
        (418, Code.FAILED_PRECONDITION, REJECTED),
        (422, Code.INVALID_ARGUMENT, REJECTED),
        (423, Code.FAILED_PRECONDITION, REJECTED),
        (428, Code.FAILED_PRECONDITION, REJECTED),
        (429, Code.RESOURCE_EXHAUSTED, Reason.UPSTREAM_OVERLOADED),
        (431, Code.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE),
        (500, Code.UNKNOWN, Reason.UPSTREAM_ERROR),
        (501, Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED),
        (503, Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED),
        (507, Code.UNKNOWN, Reason.UPSTREAM_ERROR),
    )},
    408: ((Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE), (Code.UNKNOWN, Reason.OUTCOME_UNKNOWN)),
    502: ((Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE), (Code.UNKNOWN, Reason.OUTCOME_UNKNOWN)),
    504: ((Code.UNAVAILABLE, Reason.UPSTREAM_TIMEOUT), (Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT)),
}  # fmt: skip
PASSING = {Reason.UPSTREAM_UNREACHABLE, Reason.UPSTREAM_TIMEOUT, Reason.UPSTREAM_OVERLOADED}

BY_STATUS = [
    Row(f"{status} to {operation}", operation, code, reason, upstream, status,
        ({"path": path, "status": status, "body": HTML},),
        retryable=reason in PASSING and code is not Code.DEADLINE_EXCEEDED)
    for status, meanings in STATUSES.items()
    for operation, path, upstream, (code, reason) in (
        ("GetUser", BPM, "bpm", meanings[0]),
        ("PublishEvent", PUBLISH, "publish", meanings[1]),
        ("DeleteUser", BPM, "bpm", meanings[1]),
    )
]  # fmt: skip
BY_OPERATION = [
    Row("401 without a sentence", "PublishEvent", Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS, "publish", 401,
        ({"path": PUBLISH, "status": 401},)),
    Row("403 without a sentence", "UpdateTicket", Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, "integration", 403,
        ({"path": TICKET, "status": 403},)),
    Row("404 on a fixed URL", "PublishEvent", Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED, "publish", 404,
        ({"path": PUBLISH, "status": 404},)),
    Row("404 on the list of users", "ListUsers", Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED, "bpm", 404,
        ({"path": BPM, "status": 404},)),
    Row("404 on add", "CreateUser", Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED, "bpm", 404,
        ({"path": BPM, "status": 404},)),
    Row("409 elsewhere", "PublishEvent", Code.ABORTED, REJECTED, "publish", 409, ({"path": PUBLISH, "status": 409},)),
    Row("login 429", "PublishEvent", Code.RESOURCE_EXHAUSTED, Reason.UPSTREAM_OVERLOADED, "token", 429,
        ({"path": TOKEN, "status": 429, "headers": {"Retry-After": "7"}},), retryable=True),
    Row("login 502", "PublishEvent", Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "token", 502,
        ({"path": TOKEN, "status": 502},), retryable=True),
]  # fmt: skip
