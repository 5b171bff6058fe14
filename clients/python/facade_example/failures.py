"""The errors, one by one: what provokes each, and what it tells."""

import time
from collections.abc import Callable, Iterator

import grpc

from facade.v1 import (
    provisioning_pb2,
    provisioning_pb2_grpc,
    publish_pb2,
    publish_pb2_grpc,
    ticket_pb2,
    ticket_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)
from facade_example.connection import basic, bearer, connect
from facade_example.errors import Failure, of_call, of_status
from facade_example.publish import event, record
from facade_example.report import Report, expect
from facade_example.sandbox import control, fault
from facade_example.users import new

ASKED_TO_WAIT = 3  # seconds; the facade itself waits for an upstream for up to 2
# How an upstream fails: the fault, the code and the reason that it becomes, and the pushback (-1: do not repeat it, the
# event may have been published).
UPSTREAM: list[tuple[dict[str, object], str, str, int | None]] = [
    ({"status": 400}, "INVALID_ARGUMENT", "UPSTREAM_REJECTED", None),
    ({"status": 404}, "UNIMPLEMENTED", "UPSTREAM_MISCONFIGURED", None),
    ({"status": 413}, "RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE", None),
    ({"status": 500}, "UNKNOWN", "UPSTREAM_ERROR", -1),
    ({"status": 503, "headers": {"retry-after": "3"}}, "UNAVAILABLE", "UPSTREAM_OVERLOADED", 3000),
    ({"status": 504}, "DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT", -1),
    ({"drop": "after"}, "UNKNOWN", "OUTCOME_UNKNOWN", -1),
    ({"body": "<html>"}, "INTERNAL", "UPSTREAM_MALFORMED_RESPONSE", -1),
]


def failing(call: Callable[[], object]) -> Failure:
    """The failure of a call that must fail."""
    try:
        call()
    except grpc.RpcError as error:
        return of_call(error)
    raise AssertionError("a call that must fail did not")


def reported(report: Report, code: str, reason: str, failure: Failure) -> Failure:
    """Compares and reports it."""
    expect((failure.code, failure.reason), (code, reason))
    report.error(code, reason)
    return failure


def of_requests(channel: grpc.Channel, report: Report) -> None:
    """Requests that are wrong, or ask for what cannot be."""
    users = provisioning_pb2_grpc.ProvisioningServiceStub(channel)
    publish = publish_pb2_grpc.PublishServiceStub(channel)
    tickets = ticket_pb2_grpc.TicketServiceStub(channel)

    nobody = provisioning_pb2.NewUser(mail="no address", cn="No", sn="Address")
    invalid = failing(lambda: users.CreateUser(provisioning_pb2.CreateUserRequest(user=nobody)))
    reported(report, "INVALID_ARGUMENT", "INVALID_REQUEST", invalid)
    expect(list(invalid.violations), ["user.mail"])  # the field of the request, to be shown beside it

    missing = failing(lambda: users.GetUser(provisioning_pb2.GetUserRequest(mail="nobody@example.com")))
    reported(report, "NOT_FOUND", "USER_NOT_FOUND", missing)

    there = provisioning_pb2.NewUser(mail="api@example.com", cn="API", sn="user")
    exists = failing(lambda: users.CreateUser(provisioning_pb2.CreateUserRequest(user=there)))
    reported(report, "ALREADY_EXISTS", "USER_ALREADY_EXISTS", exists)

    inactive = failing(lambda: publish.PublishEvent(publish_pb2.PublishEventRequest(event=event("C-300"))))
    reported(report, "FAILED_PRECONDITION", "CUSTOMER_INACTIVE", inactive)
    expect((inactive.metadata["upstream"], inactive.metadata["upstream_status"]), ("publish", "401"))
    expect(bool(inactive.metadata["request_id"]), True)  # to be given to who runs the facade: it is in its log

    update = ticket_pb2.TicketUpdate(customer_id="C-200", sys_id="9d385017c611228701d22104cc95c371", state=4)
    foreign = failing(lambda: tickets.UpdateTicket(ticket_pb2.UpdateTicketRequest(update=update)))
    reported(report, "PERMISSION_DENIED", "USER_NOT_IN_CUSTOMER", foreign)


def of_a_plan(channel: grpc.Channel, report: Report) -> None:
    """A roster that would delete nearly everybody: the stream brings the plan, then ends with an error."""

    def messages() -> Iterator[provisioning_pb2.SyncUsersRequest]:
        yield provisioning_pb2.SyncUsersRequest(options=provisioning_pb2.SyncOptions(delete_missing=True))
        yield provisioning_pb2.SyncUsersRequest(user=new("one"))

    plans = []

    def sync() -> None:
        plans.extend(provisioning_pb2_grpc.ProvisioningServiceStub(channel).SyncUsers(messages()))

    reported(report, "FAILED_PRECONDITION", "PLAN_REFUSED", failing(sync))
    expect([each.WhichOneof("message") for each in plans], ["plan"])


def of_credentials(report: Report, user: str, password: str, token: str) -> None:
    """Credentials that are missing, wrong, of the wrong kind, or of somebody who may not."""
    get = provisioning_pb2.GetUserRequest(mail="user@example.com")
    metric = publish_pb2.PublishMetricRequest(metric=record(name="cpu", value=97))
    rows: list[tuple[str | None, bool, str, str]] = [
        (None, False, "UNAUTHENTICATED", "MISSING_CREDENTIALS"),
        (bearer("no token"), True, "UNAUTHENTICATED", "INVALID_TOKEN"),
        (bearer(token), False, "UNAUTHENTICATED", "BASIC_REQUIRED"),
        (basic("user@example.com", password), True, "PERMISSION_DENIED", "ACCESS_DENIED"),
        (basic("user@example.com", password), False, "PERMISSION_DENIED", "NOT_ADMINISTRATOR"),
    ]
    for authorization, publishes, code, reason in rows:
        with connect(authorization) as channel:
            publish = publish_pb2_grpc.PublishServiceStub(channel)
            users = provisioning_pb2_grpc.ProvisioningServiceStub(channel)
            failure = failing(lambda: publish.PublishMetric(metric) if publishes else users.GetUser(get))  # noqa: B023
            reported(report, code, reason, failure)

    with connect() as channel:
        request = token_pb2.GenerateTokenRequest(email=user, password="wrong")  # noqa: S106
        wrong = failing(lambda: token_pb2_grpc.TokenServiceStub(channel).GenerateToken(request))
        reported(report, "UNAUTHENTICATED", "INVALID_CREDENTIALS", wrong)

    with connect(basic(user, "wrong")) as channel:  # the first item finds out, and no other is sent
        items = [publish_pb2.PublishItem(item_id=each, event=event()) for each in "ab"]
        publish = publish_pb2_grpc.PublishServiceStub(channel)
        results = publish.PublishBatch(publish_pb2.PublishBatchRequest(items=items)).results
        expect(of_status(results[0].status).reason, "INVALID_CREDENTIALS")
        reported(report, "ABORTED", "NOT_ATTEMPTED", of_status(results[1].status))


def of_upstreams(channel: grpc.Channel, report: Report) -> None:
    """An upstream that fails. PublishEvent is a write: the service config has no retries for it."""
    stub = publish_pb2_grpc.PublishServiceStub(channel)
    for given, code, reason, pushback in UPSTREAM:
        with fault(method="POST", path="/publish/*", **given):
            failure = failing(lambda: stub.PublishEvent(publish_pb2.PublishEventRequest(event=event())))
        reported(report, code, reason, failure)
        expect(failure.pushback, pushback)
        expect(failure.retry_delay, pushback / 1000 if pushback and pushback > 0 else None)


def of_time(channel: grpc.Channel, report: Report) -> None:
    """A deadline that passes, and a call that is given up. gRPC tells of these itself, so there may be no details."""
    stub = provisioning_pb2_grpc.ProvisioningServiceStub(channel)
    with fault(method="GET", delay=5):
        late = failing(lambda: stub.GetUser(provisioning_pb2.GetUserRequest(mail="user@example.com"), timeout=0.5))
    expect(late.code, "DEADLINE_EXCEEDED")
    report.error(late.code, late.reason)

    stream = stub.StreamUsers(provisioning_pb2.StreamUsersRequest())
    next(stream)
    stream.cancel()  # the facade stops reading users
    given_up = failing(lambda: list(stream))
    expect(given_up.code, "CANCELLED")
    report.error(given_up.code, given_up.reason)


def retried(channel: grpc.Channel) -> None:
    """A read that fails once is repeated by gRPC itself, as the service config says, after the time that it is told."""
    stub = provisioning_pb2_grpc.ProvisioningServiceStub(channel)
    begun = time.monotonic()
    with fault(method="GET", status=503, headers={"retry-after": str(ASKED_TO_WAIT)}, times=1):
        user = stub.GetUser(provisioning_pb2.GetUserRequest(mail="user@example.com")).user
        [met] = control("GET")["faults"]
    expect((user.mail, met["remaining"]), ("user@example.com", 0))
    waited = time.monotonic() - begun
    expect(waited >= ASKED_TO_WAIT, True)
    print(f"retried facade.v1.ProvisioningService/GetUser after {waited:.1f} s")
