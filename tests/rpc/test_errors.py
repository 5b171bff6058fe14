"""How a FacadeError is told over gRPC."""

from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from facade.errors import Code, FacadeError, Outcome, Reason, Violation, invalid
from facade.rpc.errors import trailers

BARE = FacadeError(Code.INTERNAL, Reason.INTERNAL, "A sentence.")
OVERLOADED = FacadeError(
    Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED, "The upstream is overloaded.", "bpm", 503, retry_after=1.25
)
LARGEST = 4096  # bytes


def told(error: FacadeError) -> tuple[Status, dict[str, Any]]:
    """The status in the trailers, and the other trailers."""
    pairs = dict(trailers(error, "id-1"))
    return Status.FromString(bytes(pairs.pop("grpc-status-details-bin"))), pairs  # type: ignore[arg-type]


def details(error: FacadeError) -> dict[str, Message]:
    """The details by name of their kind."""
    found: dict[str, Message] = {}
    for packed in told(error)[0].details:
        for kind in (ErrorInfo, BadRequest, RetryInfo):
            message = kind()
            if packed.Unpack(message):
                found[kind.DESCRIPTOR.name] = message
    return found


@pytest.mark.parametrize("code", Code)
def test_the_status_has_the_code_and_the_sentence(code: Code) -> None:
    status, _ = told(replace(BARE, code=code))
    assert status.message == "A sentence."
    numbers = {"UNKNOWN": 2, "INVALID_ARGUMENT": 3, "UNAUTHENTICATED": 16}  # of google/rpc/code.proto
    assert numbers.get(code, status.code) == status.code
    assert status.code > 1


@pytest.mark.parametrize("reason", Reason)
def test_every_error_has_its_reason_in_our_domain(reason: Reason) -> None:
    info = details(replace(BARE, reason=reason))["ErrorInfo"]
    assert info == ErrorInfo(reason=reason.value, domain="facade", metadata={"request_id": "id-1"})


def test_an_error_of_an_upstream_names_it_and_its_status() -> None:
    info = details(OVERLOADED)["ErrorInfo"]
    metadata = {"request_id": "id-1", "upstream": "bpm", "upstream_status": "503"}
    assert info == ErrorInfo(reason="UPSTREAM_OVERLOADED", domain="facade", metadata=metadata)


def test_an_upstream_that_did_not_answer_has_no_status() -> None:
    info = details(replace(OVERLOADED, upstream_status=0))["ErrorInfo"]
    assert isinstance(info, ErrorInfo)
    assert dict(info.metadata) == {"request_id": "id-1", "upstream": "bpm"}


def test_an_error_without_more_to_say_has_no_more_details() -> None:
    assert details(BARE).keys() == {"ErrorInfo"}
    assert told(BARE)[1] == {}


def test_a_wrong_field_is_named_in_proto_names() -> None:
    found = details(invalid("user.account_admin", "must be true"))["BadRequest"]
    violation = BadRequest.FieldViolation(field="user.account_admin", description="must be true")
    assert found == BadRequest(field_violations=[violation])


def test_a_wait_is_told_as_a_detail_and_as_a_trailer() -> None:
    assert details(OVERLOADED)["RetryInfo"].retry_delay.ToMilliseconds() == 1250  # type: ignore[attr-defined]
    assert told(OVERLOADED)[1] == {"grpc-retry-pushback-ms": "1250"}


def test_no_wait_at_all_is_a_wait_too() -> None:
    error = replace(OVERLOADED, retry_after=0.0)
    assert "RetryInfo" in details(error)
    assert told(error)[1] == {"grpc-retry-pushback-ms": "0"}


@pytest.mark.parametrize("wait", [None, 1.0], ids=["without a wait", "even if a wait was named"])
def test_a_client_must_not_repeat_what_may_have_taken_effect(wait: float | None) -> None:
    error = replace(OVERLOADED, retry_after=wait, outcome=Outcome.UNKNOWN)
    assert told(error)[1] == {"grpc-retry-pushback-ms": "-1"}
    assert "RetryInfo" not in details(error)


def test_an_error_stays_small_however_much_is_wrong() -> None:
    violations = tuple(Violation(f"users[{place}].mail", "must be an e-mail address") for place in range(5000))
    error = replace(OVERLOADED, violations=violations, message="m" * 300)
    pairs = trailers(error, "i" * 128)
    assert sum(len(name) + len(value) for name, value in pairs) < LARGEST
    found = details(error)["BadRequest"]
    assert isinstance(found, BadRequest)
    assert found.field_violations[0].field == "users[0].mail"
