"""The table of failure (design, section 5), row by row, each with the answers of its samples."""

from dataclasses import dataclass
from itertools import chain

import orjson
import pytest

from facade.domain.provisioning import User, UserPage
from facade.domain.token import Token
from facade.errors import Code, Outcome, Reason
from facade.upstreams.iem import SUCCESSES
from facade.upstreams.meaning import BY_STATUS, IN_DOUBT, MALFORMED, MESSAGES
from facade.upstreams.provisioning import NO_USER, SWAPPED, TAKEN
from tests.upstreams.answers import BPM, CALLS, IEM, PUBLISHING, READING, SAMPLES, sample
from tests.upstreams.doubles import Recorder, answer, caller, connected, failure

ALL = list(CALLS)
UNSAFE = [name for name in ALL if not CALLS[name].safe]
SAFE = [name for name in ALL if CALLS[name].safe]


@dataclass(frozen=True)
class Row:
    """A case of the samples, the statuses it comes with, the calls it can meet, and what it means to them."""

    case: str
    statuses: tuple[int, ...]
    calls: list[str]
    code: Code
    reason: Reason
    says_so: bool = False  # the upstream's own sentence is passed on
    in_doubt: bool = False


KNOWN = [
    Row("token/wrong-password", (401,), ["GenerateToken"], Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS),
    Row("bpm/wrong-password", (403,), BPM, Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS),
    Row("bpm/not-administrator", (401,), BPM, Code.PERMISSION_DENIED, Reason.NOT_ADMINISTRATOR),
    Row("bpm/no-such-user", (404,), ["GetUser", "DeleteUser"], Code.NOT_FOUND, Reason.USER_NOT_FOUND),
    Row("bpm/user-exists", (409,), ["CreateUser"], Code.ALREADY_EXISTS, Reason.USER_ALREADY_EXISTS),
    Row("bpm/invalid-user", (400,), ["CreateUser"], Code.INVALID_ARGUMENT, Reason.UPSTREAM_REJECTED),
]
SENTENCES = [
    Row("publish/no-token", (401,), PUBLISHING, Code.UNAUTHENTICATED, Reason.MISSING_CREDENTIALS, says_so=True),
    Row("publish/bad-token", (401,), PUBLISHING, Code.UNAUTHENTICATED, Reason.INVALID_TOKEN, says_so=True),
    Row("publish/not-an-api-user", (401, 403), PUBLISHING, Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, says_so=True),
    Row(
        "publish/inactive-customer",
        (200, 400, 401, 403, 404, 500, 503),
        [*PUBLISHING, "CheckHealth"],
        Code.FAILED_PRECONDITION,
        Reason.CUSTOMER_INACTIVE,
        says_so=True,
    ),
    Row(
        "publish/foreign-customer",
        (200, 400, 401, 403, 404, 500, 503),
        [*PUBLISHING, "CheckHealth"],
        Code.PERMISSION_DENIED,
        Reason.USER_NOT_IN_CUSTOMER,
        says_so=True,
    ),
    *(
        Row(f"integration/{case}", statuses, ["UpdateTicket"], code, reason, says_so=True)
        for case, statuses, code, reason in (
            ("wrong-password", (401,), Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS),
            ("bad-token", (401,), Code.UNAUTHENTICATED, Reason.INVALID_TOKEN),
            ("not-an-api-user", (401, 403), Code.PERMISSION_DENIED, Reason.ACCESS_DENIED),
            ("inactive-customer", (200, 400, 401, 500), Code.FAILED_PRECONDITION, Reason.CUSTOMER_INACTIVE),
            ("foreign-customer", (200, 400, 401, 403, 500), Code.PERMISSION_DENIED, Reason.USER_NOT_IN_CUSTOMER),
        )
    ),
]
NOT_ONE_USER = [name for name in ALL if name not in ("GetUser", "DeleteUser")]
BY_STATUS_ALONE = [
    Row("any/invalid", (400, 422), ALL, Code.INVALID_ARGUMENT, Reason.UPSTREAM_REJECTED),
    Row("any/unauthorized", (401,), IEM, Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS),
    Row("any/forbidden", (403,), [*IEM, "GenerateToken"], Code.PERMISSION_DENIED, Reason.ACCESS_DENIED),
    Row("any/no-such-operation", (404,), NOT_ONE_USER, Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED),
    Row("any/no-such-operation", (405, 501), ALL, Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED),
    Row("any/conflict", (409,), [n for n in ALL if n != "CreateUser"], Code.ABORTED, Reason.UPSTREAM_REJECTED),
    Row("any/precondition", (412, 423, 428), ALL, Code.FAILED_PRECONDITION, Reason.UPSTREAM_REJECTED),
    Row("any/too-large", (413, 414, 431), ALL, Code.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE),
    Row("any/overloaded", (429,), ALL, Code.RESOURCE_EXHAUSTED, Reason.UPSTREAM_OVERLOADED),
    Row("any/unavailable", (503,), ALL, Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED),
    Row("any/lost", (408, 502), SAFE, Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE),
    Row("any/lost", (408, 502), UNSAFE, Code.UNKNOWN, Reason.OUTCOME_UNKNOWN, in_doubt=True),
    Row("any/late", (504,), SAFE, Code.UNAVAILABLE, Reason.UPSTREAM_TIMEOUT),
    Row("any/late", (504,), UNSAFE, Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT, in_doubt=True),
    Row("any/failed", (500, 505, 507, 599), ALL, Code.UNKNOWN, Reason.UPSTREAM_ERROR, in_doubt=True),
    Row(
        "any/redirect",
        (301, 302, 303, 307, 308),
        ALL,
        Code.INTERNAL,
        Reason.UPSTREAM_MALFORMED_RESPONSE,
        in_doubt=True,
    ),
    Row("any/proxy-refuses", (407, 511), ALL, Code.INTERNAL, Reason.UPSTREAM_CREDENTIALS_REJECTED),
    Row("any/other-refusal", (402, 406, 410, 415, 418, 451), ALL, Code.FAILED_PRECONDITION, Reason.UPSTREAM_REJECTED),
    Row("any/wrong-shape", (200,), READING, Code.INTERNAL, Reason.UPSTREAM_MALFORMED_RESPONSE, in_doubt=True),
]
ROWS = [*KNOWN, *SENTENCES, *BY_STATUS_ALONE]
SUCCESSES_OF = [
    *((name, CALLS[name].success) for name in READING),
    *(("CreateUser", f"bpm/created/{status}") for status in (200, 201, 204)),
    *(("DeleteUser", f"bpm/deleted/{status}") for status in (200, 204)),
]
ADA = User("ada@example.com", "Ada", "Example", True, True, True, False, False)
GRACE = User("grace@example.com", "Grace", "Example", False, True, True, False, False)
ACCESS, REFRESH = "eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl", "eyJhbGciOi.cmVmcmVzaA.c2lnbmF0dXJl"
RESULTS = dict.fromkeys(PUBLISHING, "Data published successfully") | {
    "GenerateToken": Token("api@example.com", "API User", False, ACCESS, REFRESH),
    "CheckHealth": "API is running",
    "UpdateTicket": "Success",
    "ListUsers": UserPage([ADA, GRACE], 1, 4),
    "GetUser": ADA,
    "CreateUser": User("ada@example.com", "Ada", "Example", False, False, True, False, False),
    "DeleteUser": None,
}


def cases() -> list[object]:
    return [
        pytest.param(row, status, name, id=f"{row.case} {status} to {name}")
        for row in ROWS
        for status in row.statuses
        for name in row.calls
    ]


@pytest.mark.parametrize(("row", "status", "name"), cases())
async def test_an_answer_means_what_its_row_says(row: Row, status: int, name: str) -> None:
    call = CALLS[name]
    body = sample(f"{row.case}/{status}")
    upstreams = connected(Recorder(answer(status, body)))

    error = await failure(call.make(upstreams, caller()))

    assert (error.code, error.reason) == (row.code, row.reason)
    assert (error.upstream, error.upstream_status) == (call.upstream, status)
    assert error.outcome is (Outcome.UNKNOWN if row.in_doubt and not call.safe else Outcome.NO_EFFECT)
    assert error.message == (orjson.loads(body)["message"] if row.says_so else MESSAGES[row.reason])
    assert "canary" not in repr(error) + str(error)


@pytest.mark.parametrize(("name", "path"), SUCCESSES_OF, ids=[f"{path} to {name}" for name, path in SUCCESSES_OF])
async def test_a_success_is_its_result(name: str, path: str) -> None:
    reply = answer(int(path.rpartition("/")[2]), sample(path))

    assert await CALLS[name].make(connected(Recorder(reply)), caller()) == RESULTS[name]


def test_each_sample_is_in_the_table_and_each_row_has_a_sample() -> None:
    files = {path.relative_to(SAMPLES).with_suffix("").as_posix() for path in SAMPLES.rglob("*.json")}
    told = {f"{row.case}/{status}" for row in ROWS for status in row.statuses}

    assert files == told | {path for _, path in SUCCESSES_OF}


def test_every_reason_that_a_status_can_have_has_a_message() -> None:
    tables = (BY_STATUS.values(), chain(*IN_DOUBT.values()), SWAPPED.values(), NO_USER.values(), TAKEN.values())
    reasons = {reason for _, reason in chain(*tables)} | {MALFORMED[1], Reason.UPSTREAM_ERROR}

    assert reasons <= set(MESSAGES)
    assert all(message.endswith(".") for message in MESSAGES.values())


def test_no_known_sentence_of_a_failure_is_one_of_a_success() -> None:
    said = {orjson.loads(sample(f"{row.case}/{row.statuses[0]}"))["message"] for row in SENTENCES}

    assert not said & SUCCESSES
