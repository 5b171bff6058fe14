"""One line a request."""

import logging
import time
from typing import Any

import pytest

from facade.errors import Code, FacadeError, Reason, invalid
from facade.request_log import finished


def line(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """What was added to the one record."""
    (record,) = caplog.records
    assert (record.name, record.getMessage()) == ("facade.request", "request")
    usual = set(vars(logging.makeLogRecord({}))) | {"message"}
    return {name: value for name, value in vars(record).items() if name not in usual}


@pytest.fixture(autouse=True)
def everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "facade.request")


def test_a_success_is_told_with_its_time(caplog: pytest.LogCaptureFixture) -> None:
    finished("/facade.v1.TokenService/GenerateToken", "r-1", time.perf_counter() - 1.5)

    said = line(caplog)
    assert 1500 <= said.pop("ms") < 10_000
    assert said == {"method": "/facade.v1.TokenService/GenerateToken", "code": "OK", "request_id": "r-1"}
    assert caplog.records[0].levelno == logging.INFO


def test_a_code_of_the_face_itself_is_told(caplog: pytest.LogCaptureFixture) -> None:
    finished("x", "r-1", time.perf_counter(), code="CANCELLED")

    assert line(caplog)["code"] == "CANCELLED"


def test_an_error_is_told_with_its_reason_and_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    finished("x", "r-1", time.perf_counter(), invalid("user.mail", "canary"))

    said = line(caplog)
    said.pop("ms")
    assert said == {"method": "x", "code": "INVALID_ARGUMENT", "request_id": "r-1", "reason": "INVALID_REQUEST"}


def test_an_error_of_an_upstream_names_it_and_its_status(caplog: pytest.LogCaptureFixture) -> None:
    error = FacadeError(Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED, "canary", "bpm", 503)

    finished("x", "r-1", time.perf_counter(), error, code="ignored")

    said = line(caplog)
    assert (said["code"], said["reason"]) == ("UNAVAILABLE", "UPSTREAM_OVERLOADED")
    assert (said["upstream"], said["upstream_status"]) == ("bpm", 503)
    assert "canary" not in repr(said)


@pytest.mark.parametrize("code", Code)
def test_only_what_the_operator_must_look_at_is_a_warning(code: Code, caplog: pytest.LogCaptureFixture) -> None:
    finished("x", "r-1", time.perf_counter(), FacadeError(code, Reason.INTERNAL, "Why."))

    alarming = code.value in ("INTERNAL", "UNKNOWN")
    assert caplog.records[0].levelno == (logging.WARNING if alarming else logging.INFO)


def test_a_level_that_is_off_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "facade.request")

    finished("x", "r-1", time.perf_counter())
    finished("x", "r-1", time.perf_counter(), invalid("a", "b"))
    assert caplog.records == []

    finished("x", "r-2", time.perf_counter(), FacadeError(Code.INTERNAL, Reason.INTERNAL, "Why."))
    assert line(caplog)["request_id"] == "r-2"


def test_the_upstreams_that_were_asked_are_told_and_a_failure_names_its_own(caplog: pytest.LogCaptureFixture) -> None:
    finished("x", "r-1", time.perf_counter(), asked=["token", "publish"])
    assert line(caplog)["upstream"] == "token,publish"

    caplog.clear()
    finished(
        "x",
        "r-1",
        time.perf_counter(),
        FacadeError(Code.UNKNOWN, Reason.UPSTREAM_ERROR, "", "publish"),
        asked=["token"],
    )
    assert line(caplog)["upstream"] == "publish"
