"""Reads faults out of JSON and refuses what it does not understand, naming the key."""

import fnmatch
import math
import re
from collections.abc import Callable
from typing import Any

import orjson

from facade.sandbox.exchange import JSON
from facade.sandbox.faults import Fault, Header

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")


class FaultError(Exception):
    """Not a list of faults; the message names the fault and the key."""


def read_faults(body: bytes) -> list[Fault]:
    """The faults in a JSON list, or in `{"faults": [...]}`.

    Raises:
        FaultError: it is not that.

    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise FaultError("the body must be JSON") from None
    if isinstance(value, dict) and value.keys() == {"faults"}:
        value = value["faults"]
    if not isinstance(value, list):
        raise FaultError('the body must be a list of faults or {"faults": [...]}')
    return [_fault(f"faults[{index}]", given) for index, given in enumerate(value)]


def _fault(where: str, given: object) -> Fault:
    if not isinstance(given, dict):
        raise FaultError(f"{where}: must be an object")
    for key, value in given.items():
        if key not in _RULES:
            raise FaultError(f"{where}.{key}: unknown key")
        accepts, wanted = _RULES[key]
        if not accepts(value):
            raise FaultError(f"{where}.{key}: must be {wanted}")
    return _read(given)


def _read(given: dict[str, Any]) -> Fault:
    as_is = ("status", "delay", "drop", "truncate", "apply")
    fault = Fault(given, **{key: given[key] for key in as_is if key in given})
    if "method" in given:
        fault.method = given["method"].upper()
    if "path" in given:
        fault.path = re.compile(fnmatch.translate(given["path"]))
    if "match" in given:
        fault.match = re.compile(fnmatch.translate(given["match"]))
    fault.headers = _headers(given.get("headers", {}))
    fault.remaining = given.get("times")
    if "body" in given:
        text = isinstance(given["body"], str)
        fault.body = given["body"].encode() if text else orjson.dumps(given["body"])
        if all(name != b"content-type" for name, _ in fault.headers):
            fault.headers += (_TEXT if text else JSON,)
    return fault


def _headers(given: dict[str, str | list[str]]) -> tuple[Header, ...]:
    return tuple(
        (name.lower().encode(), value.encode("latin-1"))
        for name, values in given.items()
        for value in ([values] if isinstance(values, str) else values)
    )


def _is_whole(low: int, high: float = math.inf) -> Callable[[object], bool]:
    # `type`, because a boolean is an int to Python but not to JSON.
    return lambda value: type(value) is int and low <= value <= high


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_delay(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < math.inf


def _are_headers(value: object) -> bool:
    """Names and values that can be sent; not Content-Length, which has to be right."""
    return isinstance(value, dict) and all(
        _NAME.fullmatch(name)
        and name.lower() != "content-length"
        and isinstance(values, str | list)
        and all(
            isinstance(each, str) and _VALUE.fullmatch(each)
            for each in ([values] if isinstance(values, str) else values)
        )
        for name, values in value.items()
    )


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "method": (_is_string, "a string"),
    "path": (_is_string, "a string, a glob"),
    "match": (_is_string, "a string, a glob"),
    "status": (_is_whole(100, 999), "an integer from 100 to 999"),
    "body": (lambda _: True, "anything"),
    "headers": (
        _are_headers,
        "an object of names to a value or a list of values, without content-length",
    ),
    "delay": (_is_delay, "a number of seconds, at least 0"),
    "drop": (("before", "after").__contains__, '"before" or "after"'),
    "truncate": (_is_whole(0), "an integer, at least 0"),
    "times": (_is_whole(1), "an integer, at least 1"),
    "apply": (lambda value: isinstance(value, bool), "a boolean"),
}
