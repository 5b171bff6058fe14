"""What is logged: our records as one line each, of the libraries only warnings, and no local variables."""

import json
import logging
from typing import Any, Literal

import pytest

from facade.lines import dumps
from facade.logs import configure

pytestmark = pytest.mark.usefixtures("loggers_as_they_were")

LIBRARIES = ["httpx", "httpcore.http11", "uvicorn", "uvicorn.error", "grpc", "asyncio", "strawberry.execution"]


Capture = pytest.CaptureFixture[str]


def fail() -> None:
    password = "canary-password"
    raise RuntimeError(f"failed with {len(password)} letters")


def log_a_failure() -> None:
    try:
        fail()
    except RuntimeError:
        logging.getLogger("facade.test").exception("it failed")


def test_a_record_is_one_line_of_json(capsys: Capture) -> None:
    configure("info", "json")
    logging.getLogger("facade.request").info("request", extra={"method": "GetUser", "ms": 1.5})
    (line,) = capsys.readouterr().err.splitlines()
    record = json.loads(line)
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "event": "request",
        "level": "info",
        "logger": "facade.request",
        "method": "GetUser",
        "ms": 1.5,
    }


def test_a_record_with_line_breaks_is_still_one_line_of_json(capsys: Capture) -> None:
    configure("info", "json")
    logging.getLogger("facade.test").warning("one\ntwo %s", "three\u2028")
    (line,) = capsys.readouterr().err.split("\n")[:-1]
    assert json.loads(line)["event"] == "one\ntwo three\u2028"


def test_a_record_is_one_readable_line_on_the_console(capsys: Capture) -> None:
    configure("info", "console")
    logging.getLogger("facade.request").info("request", extra={"method": "GetUser"})
    (line,) = capsys.readouterr().err.splitlines()
    assert "[info" in line
    assert "request" in line
    assert "method=GetUser" in line
    assert "\x1b" not in line, "no colours where nobody looks"


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_traceback_is_written_without_the_values_of_variables(
    style: Literal["console", "json"], capsys: Capture
) -> None:
    configure("info", style)
    log_a_failure()
    text = capsys.readouterr().err
    assert "Traceback (most recent call last)" in text
    assert "RuntimeError: failed with 15 letters" in text
    # The line of source that has the word is not in the traceback; a dump of the variables would be.
    assert "canary-password" not in text


def test_a_traceback_is_part_of_the_line_of_json(capsys: Capture) -> None:
    configure("info", "json")
    log_a_failure()
    (line,) = capsys.readouterr().err.splitlines()
    assert "in fail" in json.loads(line)["exception"]


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("style", ["console", "json"])
def test_a_library_is_silent_below_warning_even_when_we_debug(
    name: str, style: Literal["console", "json"], capsys: Capture
) -> None:
    configure("debug", style)
    logging.getLogger(name).debug("set-cookie: access_token=canary")
    logging.getLogger(name).info("GET http://user:canary@host/")
    assert capsys.readouterr().err == ""
    logging.getLogger(name).warning("something is wrong")
    assert "something is wrong" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_the_level_is_the_least_that_is_written(level: str, heard: list[str], capsys: Capture) -> None:
    configure(level, "json")
    for each in ("debug", "info", "warning", "error"):
        logging.getLogger("facade.test").log(logging.getLevelName(each.upper()), each)
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == heard


def test_configuring_twice_does_not_write_twice(capsys: Capture) -> None:
    configure("info", "json")
    configure("info", "json")
    logging.getLogger("facade.test").info("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"a": 1}, '{"a":1}', id="JSON"),
        pytest.param({"a": {1}}, '{"a":"{1}"}', id="a value that JSON cannot say"),
        pytest.param({"a": b"x"}, '{"a":"b\'x\'"}', id="bytes"),
        pytest.param({1: "a"}, '{"1":"a"}', id="a key that is no text"),
        pytest.param({"a": "\ud800"}, '{"a":"\\ud800"}', id="half a character"),
        pytest.param({"a": 2**70}, '{"a":1180591620717411303424}', id="an integer of 70 bits"),
    ],
)
def test_any_value_can_be_written(value: Any, text: str) -> None:
    assert dumps(value) == text
