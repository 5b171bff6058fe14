"""The rest of the tables of failure: connections, bodies, and the facade's own refusals."""

import asyncio

from facade.errors import Code, Reason
from tests.faces.rows import BPM, HTML, NOWHERE, PUBLISH, Row
from tests.faces.stack import Stack
from tests.support import until

MALFORMED = (Code.INTERNAL, Reason.UPSTREAM_MALFORMED_RESPONSE)
WITHOUT_ANSWER = [
    Row("refused connection, read", "GetUser", Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "bpm",
        settings={"bpm_url": NOWHERE}, retryable=True),
    Row("refused connection, write", "UpdateTicket", Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "integration",
        settings={"integration_url": NOWHERE}, retryable=True),
    Row("refused connection to the login", "PublishEvent", Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "token",
        settings={"token_url": NOWHERE}, retryable=True),
    Row("unknown host", "GetUser", Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "bpm",
        settings={"bpm_url": "http://nohost.invalid"}, retryable=True),
    Row("no TLS there", "GetUser", Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "bpm",
        settings={"bpm_url": "https://127.0.0.1:1"}, retryable=True),
    Row("our time over, read", "GetUser", Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT, "bpm", 0,
        ({"path": BPM, "delay": 30},), settings={"default_timeout": 0.2}, retryable=True),
    Row("our time over, write", "CreateUser", Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT, "bpm", 0,
        ({"path": BPM, "delay": 30},), settings={"default_timeout": 1.0}),
    Row("connection lost, read", "GetUser", Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "bpm", 0,
        ({"path": BPM, "drop": "after"},), retryable=True),
    Row("connection lost, write", "CreateUser", Code.UNKNOWN, Reason.OUTCOME_UNKNOWN, "bpm", 0,
        ({"path": BPM, "drop": "after"},)),
    Row("connection lost, event", "PublishEvent", Code.UNKNOWN, Reason.OUTCOME_UNKNOWN, "publish", 0,
        ({"path": PUBLISH, "drop": "before"},)),
    Row("answer cut short, read", "ListUsers", Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "bpm", 0,
        ({"path": BPM, "truncate": 20},), retryable=True),
    Row("answer cut short, write", "PublishEvent", Code.UNKNOWN, Reason.OUTCOME_UNKNOWN, "publish", 0,
        ({"path": PUBLISH, "truncate": 5},)),
]  # fmt: skip
BODIES = [
    *(Row(f"{name} for {operation}", operation, *MALFORMED, upstream, 200,
          ({"path": path, "status": 200, "body": body},))
      for name, body in (("HTML", HTML), ("a list", []), ("half a document", '{"message": "Data pub'), ("null", "null"))
      for operation, path, upstream in (
          ("PublishEvent", PUBLISH, "publish"), ("GetUser", BPM, "bpm"), ("ListUsers", BPM, "bpm"))),
    Row("204 for an event", "PublishEvent", *MALFORMED, "publish", 204, ({"path": PUBLISH, "status": 204},)),
    Row("too large an answer", "PublishEvent", *MALFORMED, "publish", 0,
        ({"path": PUBLISH, "status": 200, "body": "x" * 5000},), settings={"max_answer_bytes": 4096}),
    Row("a user without a name in a list", "ListUsers", *MALFORMED, "bpm", 200,
        ({"path": BPM, "status": 200,
          "body": {"beginIndex": 0, "endIndex": 0, "totalUsers": 1, "users": [{"mail": "a@example.com"}]}},)),
    Row("fewer users than there are", "ListUsers", *MALFORMED, "bpm", 200,
        ({"path": BPM, "status": 200, "body": {"beginIndex": 0, "endIndex": 49, "totalUsers": 50, "users": []}},)),
    Row("a token that is none", "PublishEvent", *MALFORMED, "token", 200,
        ({"path": "/api/*", "status": 200, "body": {"status_code": 200, "data": {"access_token": "a;b"}}},)),
]  # fmt: skip


async def fill(stack: Stack) -> None:
    """Takes the facade's only place with a call that hangs."""
    hanging = asyncio.ensure_future(stack.face.call("CheckHealth", timeout=20))
    hanging.add_done_callback(lambda done: done.cancelled() or done.exception())
    await until(lambda: stack.facade.door.in_flight == 1)


async def drain(stack: Stack) -> None:
    """Begins to drain."""
    stack.facade.door.closing = True


FLAGS = {"accountAdmin": False, "developer": False, "endUser": True, "operator": False, "tester": False}
OTHERS = [{"mail": f"moved{number}@example.com", "cn": "A", "sn": "B", **FLAGS} for number in range(51)]
MOVED = {"beginIndex": 99, "endIndex": 149, "totalUsers": 150, "users": OTHERS}
OURS = [
    Row("facade full", "GetUser", Code.RESOURCE_EXHAUSTED, Reason.OVERLOADED, prepare=fill,
        faults=({"path": "/publish/healthcheck/", "delay": 30},), retryable=True,
        settings={"max_in_flight": 1, "drain_timeout": 0.1}),
    Row("caller has its share", "GetUser", Code.RESOURCE_EXHAUSTED, Reason.RATE_LIMITED, prepare=fill,
        faults=({"path": "/publish/healthcheck/", "delay": 30},), retryable=True,
        settings={"max_in_flight_per_caller": 1, "drain_timeout": 0.1}),
    Row("facade draining", "GetUser", Code.UNAVAILABLE, Reason.SHUTTING_DOWN, prepare=drain, retryable=True),
    Row("upstream not configured", "GetUser", Code.UNIMPLEMENTED, Reason.UPSTREAM_NOT_CONFIGURED, "bpm",
        settings={"bpm_url": None}),
    Row("login not configured", "PublishEvent", Code.UNIMPLEMENTED, Reason.UPSTREAM_NOT_CONFIGURED, "token",
        settings={"token_url": None}),
    Row("the list moved", "ListUsers", Code.ABORTED, Reason.LIST_CHANGED, "bpm", 0,
        ({"path": BPM, "delay": 0, "times": 1}, {"path": BPM, "status": 200, "body": MOVED}), retryable=True),
    Row("a plan that goes too far", "SyncUsers", Code.FAILED_PRECONDITION, Reason.PLAN_REFUSED,
        arguments={"options": {"delete_missing": True}, "roster": []}),
    Row("a wrong field", "GetUser", Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST, arguments={"mail": ""}),
    Row("unreadable credentials", "GetUser", Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS,
        headers={"authorization": "Basic !"}),
    Row("a token that is no cookie", "GetUser", Code.UNAUTHENTICATED, Reason.INVALID_TOKEN,
        headers={"authorization": "Bearer a;b"}),
]  # fmt: skip
