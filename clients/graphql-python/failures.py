"""Each kind of error that a caller of the sandbox can meet, and what it carries."""

from collections.abc import Awaitable, Callable
from typing import Any

from generated.input_types import EventInput, PublishItemInput, SyncOptionsInput
from operations import ADMINISTRATOR, person, ticket
from sandbox import misbehaving
from session import Headers, Session, basic
from told import WrongAnswerError, equal, extensions, fails, met

NOBODY = "nobody@example.com"
EVENT = EventInput(entity="web-1")
PUBLISHING = "/publish/allevents"
MEMBERS = "/bpm/*"
WRONG = basic(ADMINISTRATOR, "wrong")
MEMBER = basic("user@example.com", "sandbox")
BEARER: Headers = {"authorization": "Bearer not-a-token"}


async def run(session: Session, stranger: Session) -> None:
    """Meets all of them. The stranger has no credentials but those that are given."""
    await users(session)
    await requests(session)
    await callers(stranger)
    await customers(session)
    await bulk(session, stranger)
    await upstreams(session)


async def users(session: Session) -> None:
    """One who is not there, with and without something beside; and one who is."""
    failure = await fails(session.one_user(NOBODY), "NOT_FOUND", "USER_NOT_FOUND")
    told = extensions(failure)
    equal((failure.data, failure.errors[0].path), ({"user": None}, ["user"]), "user")
    equal((told["upstream"], told["upstreamStatus"]), ("bpm", 404), "user")
    failure = await fails(session.user_and_health(NOBODY), "NOT_FOUND", "USER_NOT_FOUND")
    equal(failure.data, {"user": None, "publishHealth": {"message": "API is running"}}, "partial data")
    await fails(session.create_user(person(ADMINISTRATOR)), "ALREADY_EXISTS", "USER_ALREADY_EXISTS")


async def requests(session: Session) -> None:
    """What is wrong with the request itself."""
    wrong = "INVALID_ARGUMENT"
    failure = await fails(session.create_user(person("no address")), wrong, "INVALID_REQUEST")
    equal(
        [each["field"] for each in extensions(failure)["fieldViolations"]], ["user.mail"], "the fields that are wrong"
    )
    await fails(session.users(first=0), wrong, "INVALID_REQUEST")
    failure = await fails(session.post({"query": "{ nothing }"}), wrong, "INVALID_REQUEST")
    equal(failure.data, None, "data")
    fields = " ".join(f"a{number}: publishHealth {{ message }}" for number in range(60))
    await fails(session.post({"query": f"{{ {fields} }}"}), wrong, "QUERY_TOO_LARGE")
    asked = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    # The code is the protocol's; a client sends the text then.
    await fails(session.post(asked), "PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_FOUND")


async def callers(stranger: Session) -> None:
    """Who calls, or how."""
    unknown, forbidden = "UNAUTHENTICATED", "PERMISSION_DENIED"
    await fails(stranger.one_user(ADMINISTRATOR), unknown, "MISSING_CREDENTIALS")
    await fails(stranger.update_ticket(ticket(), headers=WRONG), unknown, "INVALID_CREDENTIALS")
    await fails(stranger.update_ticket(ticket(), headers=BEARER), unknown, "INVALID_TOKEN")
    await fails(stranger.one_user(ADMINISTRATOR, headers=BEARER), unknown, "BASIC_REQUIRED")
    await fails(stranger.publish_event(EVENT, headers=MEMBER), forbidden, "ACCESS_DENIED")
    await fails(stranger.users(headers=MEMBER), forbidden, "NOT_ADMINISTRATOR")


async def customers(session: Session) -> None:
    """For whom an event is."""
    inactive, foreign = (EventInput(env_customer_id=customer) for customer in ("C-300", "C-200"))
    await fails(session.publish_event(inactive), "FAILED_PRECONDITION", "CUSTOMER_INACTIVE")
    await fails(session.publish_event(foreign), "PERMISSION_DENIED", "USER_NOT_IN_CUSTOMER")


async def bulk(session: Session, stranger: Session) -> None:
    """Many items, of which the first ones find out what is wrong; and a sync that would go too far."""
    items = [PublishItemInput(item_id=str(number), event=EVENT) for number in range(200)]
    results = (await stranger.publish_batch(items, headers=WRONG)).publish_batch
    first, last = results[0].error, results[-1].error
    if first is None or last is None:
        raise WrongAnswerError("publishBatch: cannot have been done")
    equal(first.reason, "INVALID_CREDENTIALS", "the first item")
    # It was not sent, and would fare no better.
    equal((last.code, last.reason, last.retryable), ("ABORTED", "NOT_ATTEMPTED", False), "the last item")
    met(last.code, last.reason)

    # The plan is told before it is refused: nearly everybody would be deleted.
    sync = session.sync_users([person(ADMINISTRATOR)], SyncOptionsInput(delete_missing=True))
    plan = (await anext(sync)).sync_users.plan
    equal(plan is not None and plan.to_add, [], "syncUsers: the plan comes first")
    await fails(anext(sync), "FAILED_PRECONDITION", "PLAN_REFUSED")


async def upstreams(session: Session) -> None:
    """What an upstream does."""

    async def publish() -> object:
        return await session.publish_event(EVENT)

    async def read(**more: Any) -> object:
        return await session.one_user(ADMINISTRATOR, **more)

    async def hurried() -> object:
        return await read(headers={"x-request-timeout": "1"})

    # What it does, to what, and what that is called; the last two may be tried again.
    cases: list[tuple[dict[str, Any], Callable[[], Awaitable[object]], str, str, bool]] = [
        ({"path": PUBLISHING, "status": 413}, publish, "RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE", False),
        ({"path": PUBLISHING, "status": 422}, publish, "INVALID_ARGUMENT", "UPSTREAM_REJECTED", False),
        ({"path": PUBLISHING, "status": 500}, publish, "UNKNOWN", "UPSTREAM_ERROR", False),
        ({"path": PUBLISHING, "status": 405}, publish, "UNIMPLEMENTED", "UPSTREAM_MISCONFIGURED", False),
        ({"path": PUBLISHING, "body": "<html></html>"}, publish, "INTERNAL", "UPSTREAM_MALFORMED_RESPONSE", False),
        # A write whose answer is lost may have been carried out; a read may be repeated.
        ({"path": PUBLISHING, "drop": "after"}, publish, "UNKNOWN", "OUTCOME_UNKNOWN", False),
        ({"path": MEMBERS, "drop": "before"}, read, "UNAVAILABLE", "UPSTREAM_UNREACHABLE", True),
        ({"path": MEMBERS, "delay": 30}, hurried, "DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT", True),
    ]
    for fault, call, code, reason, retryable in cases:
        async with misbehaving(**fault):
            await fails(call(), code, reason, retryable=retryable)

    async with misbehaving(PUBLISHING, status=429, headers={"Retry-After": "7"}):
        failure = await fails(publish(), "RESOURCE_EXHAUSTED", "UPSTREAM_OVERLOADED", retryable=True)
    told = extensions(failure)
    equal((told["upstreamStatus"], told["retryAfter"]), (429, 7), "the time that the upstream asks for")
    await read()  # all is well again
