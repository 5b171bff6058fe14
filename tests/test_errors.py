"""The vocabulary of failure."""

import logging
from dataclasses import replace

import grpc
import pytest

from facade.errors import (
    PASSING,
    Code,
    FacadeError,
    Outcome,
    Reason,
    Violation,
    internal,
    invalid,
    masked,
    not_attempted,
)


def test_every_code_is_one_of_grpcs_and_is_written_as_grpc_writes_it() -> None:
    assert {code.value for code in Code} <= {code.name for code in grpc.StatusCode}
    assert all(code.value == code.name for code in Code)


def test_every_reason_is_a_constant() -> None:
    assert all(reason.value == reason.name and reason.value.isupper() for reason in Reason)


def error(reason: Reason, outcome: Outcome = Outcome.NO_EFFECT) -> FacadeError:
    return FacadeError(Code.UNAVAILABLE, reason, "Why.", outcome=outcome)


MAY_PASS = {
    "UPSTREAM_UNREACHABLE",
    "UPSTREAM_TIMEOUT",
    "UPSTREAM_OVERLOADED",
    "OVERLOADED",
    "RATE_LIMITED",
    "SHUTTING_DOWN",
    "LIST_CHANGED",
    "NOT_ATTEMPTED",
}


@pytest.mark.parametrize("reason", Reason)
def test_only_what_passes_by_itself_is_worth_repeating(reason: Reason) -> None:
    assert error(reason).retryable == (reason.value in MAY_PASS) == (reason in PASSING)
    assert error(reason, Outcome.NOT_SENT).retryable == (reason.value in MAY_PASS)


@pytest.mark.parametrize("reason", Reason)
def test_what_was_not_attempted_is_worth_repeating_if_what_stopped_it_is(reason: Reason) -> None:
    because = error(reason)
    because.retry_after = 3.0

    failure = not_attempted(because)

    assert (failure.code, failure.reason, failure.outcome) == (Code.ABORTED, Reason.NOT_ATTEMPTED, Outcome.NOT_SENT)
    assert failure.retryable == because.retryable
    assert failure.retry_after == 3.0
    assert reason in failure.message


@pytest.mark.parametrize("reason", Reason)
def test_what_may_have_taken_effect_is_never_worth_repeating(reason: Reason) -> None:
    assert not error(reason, Outcome.UNKNOWN).retryable


def test_an_error_had_no_effect_and_names_no_upstream_unless_it_says_so() -> None:
    plain = FacadeError(Code.INTERNAL, Reason.INTERNAL, "Why.")

    assert (plain.upstream, plain.upstream_status, plain.retry_after) == ("", 0, None)
    assert (plain.outcome, plain.violations) == (Outcome.NO_EFFECT, ())


def test_an_error_reads_as_code_reason_and_message() -> None:
    assert str(error(Reason.OVERLOADED)) == "UNAVAILABLE OVERLOADED: Why."


def test_errors_are_equal_only_to_themselves_and_a_copy_is_another_with_the_same_content() -> None:
    one = error(Reason.OVERLOADED)
    copy = replace(one)

    assert one != copy
    assert len({one, copy}) == 2
    assert repr(one) == repr(copy)
    assert (copy.__traceback__, copy.__cause__, copy.__context__) == (None, None, None)


def test_an_invalid_argument_names_its_field_in_the_message_and_beside_it() -> None:
    wrong = invalid("user.mail", "must not be empty")

    assert (wrong.code, wrong.reason) == (Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST)
    assert wrong.message == "user.mail: must not be empty"
    assert wrong.violations == (Violation("user.mail", "must not be empty"),)


def test_our_own_errors_are_told_as_they_are_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    known = error(Reason.OVERLOADED)

    assert masked(known) is known
    assert caplog.records == []


def raised(exception: BaseException) -> BaseException:
    """The exception with a traceback."""
    with pytest.raises(type(exception)) as caught:
        raise exception
    return caught.value


@pytest.mark.parametrize(
    "exception",
    [
        ValueError("canary"),
        KeyError("canary"),
        RecursionError("canary"),
        ExceptionGroup("canary", [OSError("canary")]),
    ],
    ids=lambda each: type(each).__name__,
)
def test_any_other_exception_is_masked_and_logged_in_full(
    exception: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    told = masked(raised(exception))

    assert (told.code, told.reason) == (Code.INTERNAL, Reason.INTERNAL)
    assert told.message == internal().message == "Internal error. The request id identifies it in the log."
    assert "canary" not in repr(told) + str(told)
    (record,) = caplog.records
    assert (record.levelno, record.name) == (logging.ERROR, "facade.errors")
    assert record.exc_info is not None
    assert record.exc_info[1] is exception
    assert record.exc_info[2] is not None
