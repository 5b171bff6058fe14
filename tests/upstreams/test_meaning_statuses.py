"""Every status has exactly one meaning for each operation, whatever surrounds it."""

import pytest

from facade.errors import Code, FacadeError, Outcome, Reason
from facade.upstreams.operation import Operation
from tests.upstreams.answers import CALLS, IEM, WITHOUT_BODY
from tests.upstreams.doubles import Recorder, answer, caller, connected

STATUSES = [*range(100, 601), 999]
CANARY = "canary-41d7"
BODIES = {
    "an empty body": b"",
    "a body that says too much": b'{"message":"%b","detail":"SELECT 1 -- %b"}' % ((CANARY.encode(),) * 2),
    "a page of HTML": b"<html><h1>Bad Gateway</h1>%b</html>" % CANARY.encode(),
    "damaged JSON": b'{"message":"Access denied", %b' % CANARY.encode(),
}

# The design's table in words: what is in doubt is written as safe / unsafe.
NO = {
    400: "INVALID_ARGUMENT UPSTREAM_REJECTED",
    401: "UNAUTHENTICATED INVALID_CREDENTIALS",
    403: "PERMISSION_DENIED ACCESS_DENIED",
    404: "UNIMPLEMENTED UPSTREAM_MISCONFIGURED",
    405: "UNIMPLEMENTED UPSTREAM_MISCONFIGURED",
    407: "INTERNAL UPSTREAM_CREDENTIALS_REJECTED",
    409: "ABORTED UPSTREAM_REJECTED",
    412: "FAILED_PRECONDITION UPSTREAM_REJECTED",
    413: "RESOURCE_EXHAUSTED REQUEST_TOO_LARGE",
    414: "RESOURCE_EXHAUSTED REQUEST_TOO_LARGE",
    422: "INVALID_ARGUMENT UPSTREAM_REJECTED",
    423: "FAILED_PRECONDITION UPSTREAM_REJECTED",
    428: "FAILED_PRECONDITION UPSTREAM_REJECTED",
    429: "RESOURCE_EXHAUSTED UPSTREAM_OVERLOADED",
    431: "RESOURCE_EXHAUSTED REQUEST_TOO_LARGE",
    501: "UNIMPLEMENTED UPSTREAM_MISCONFIGURED",
    503: "UNAVAILABLE UPSTREAM_OVERLOADED",
    511: "INTERNAL UPSTREAM_CREDENTIALS_REJECTED",
}
DOUBT = {
    408: ("UNAVAILABLE UPSTREAM_UNREACHABLE", "UNKNOWN OUTCOME_UNKNOWN"),
    502: ("UNAVAILABLE UPSTREAM_UNREACHABLE", "UNKNOWN OUTCOME_UNKNOWN"),
    504: ("UNAVAILABLE UPSTREAM_TIMEOUT", "DEADLINE_EXCEEDED UPSTREAM_TIMEOUT"),
}
BPM = {401: "PERMISSION_DENIED NOT_ADMINISTRATOR", 403: "UNAUTHENTICATED INVALID_CREDENTIALS"}
NO_USER = {404: "NOT_FOUND USER_NOT_FOUND"}
OWN = {
    "ListUsers": BPM,
    "GetUser": BPM | NO_USER,
    "CreateUser": BPM | {409: "ALREADY_EXISTS USER_ALREADY_EXISTS"},
    "DeleteUser": BPM | NO_USER,
}


def expected(name: str, status: int) -> tuple[str, Outcome]:
    doubtful = Outcome.NO_EFFECT if CALLS[name].safe else Outcome.UNKNOWN
    if status in (known := NO | OWN.get(name, {})):
        return known[status], Outcome.NO_EFFECT
    if status in DOUBT:
        return DOUBT[status][0 if CALLS[name].safe else 1], doubtful
    if status // 100 == 4:
        return "FAILED_PRECONDITION UPSTREAM_REJECTED", Outcome.NO_EFFECT
    if status // 100 == 5:
        return "UNKNOWN UPSTREAM_ERROR", doubtful
    return "INTERNAL UPSTREAM_MALFORMED_RESPONSE", doubtful


async def outcome(name: str, status: int, body: bytes) -> FacadeError | None:
    """The error that the answer means, or None if it is a success."""
    upstreams = connected(Recorder(answer(status, body)))
    try:
        await CALLS[name].make(upstreams, caller())
    except FacadeError as error:
        return error
    return None


@pytest.mark.case("D06", "D12")
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("name", CALLS)
async def test_every_status_has_one_meaning(name: str, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facade.upstreams.retry.FIRST_PAUSE", 0.0)
    for status in STATUSES:
        error = await outcome(name, status, body)
        if error is None:
            assert 200 <= status < 300
            assert name in WITHOUT_BODY or (name in IEM and body == BODIES["a body that says too much"])
            continue
        assert (f"{error.code} {error.reason}", error.outcome) == expected(name, status)
        assert error.upstream_status == status
        assert CANARY not in repr(error) + str(error)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("name", WITHOUT_BODY)
async def test_adding_and_deleting_succeed_with_any_body(name: str, body: bytes) -> None:
    assert [await outcome(name, status, body) for status in (200, 201, 202, 204, 299)] == [None] * 5


async def test_a_sentence_of_success_with_other_words_is_not_passed_on() -> None:
    upstreams = connected(Recorder(answer(200, {"message": CANARY})))

    assert await CALLS["PublishEvent"].make(upstreams, caller()) == ""


def test_an_operation_is_unsafe_and_has_no_meanings_of_its_own_unless_it_says_so() -> None:
    operation = Operation(name="X", method="POST", path="/x", read=lambda document, _: document)

    assert (operation.safe, operation.sentences, operation.statuses) == (False, {}, {})


def test_the_table_names_only_codes_and_reasons_that_exist() -> None:
    words = [*NO.values(), *(each for pair in DOUBT.values() for each in pair)]

    assert {word.split()[0] for word in words} <= set(Code)
    assert {word.split()[1] for word in words} <= set(Reason)
