"""Requests that are refused before they are read, where the facade is congested: in a fiftieth of the time."""

from collections.abc import Callable, Sequence

import orjson

from facade.admission import Door, full
from facade.caller import request_id
from facade.graphql.accept import JSON_TYPE, RESPONSE_TYPE
from facade.graphql.answer import refused

NAMED = b"x-request-id"
ASKED = RESPONSE_TYPE.encode()
NAME = "request-id-of-the-caller"


class TurningAway:
    """Asks `door`, and has the whole HTTP answer for requests that it does not let in; `told` is told of each."""

    def __init__(self, door: Door, told: Callable[[], None] = lambda: None) -> None:
        answer = refused(full(), NAME)
        self._door = door
        self._told = told
        self._before, self._after = orjson.dumps(answer.content).decode().split(NAME)
        self._length = len(self._before) + len(self._after)
        self._head = f"HTTP/1.1 {answer.status} Service Unavailable\r\nretry-after: {answer.headers['retry-after']}\r\n"

    @property
    def congested(self) -> bool:
        """Whether requests are refused."""
        return self._door.congested

    def __call__(self, headers: Sequence[tuple[bytes, bytes]], *, last: bool) -> bytes | None:
        """None if the request with these headers is let in, or else its answer; the `last` one of a connection."""
        if self._door.lets_in():
            return None
        self._told()
        named: list[str] = []
        kind = JSON_TYPE
        for key, value in headers:
            if key == NAMED:
                named.append(value.decode("latin-1"))
            elif key == b"accept" and ASKED in value:
                kind = RESPONSE_TYPE
        name = request_id({"x-request-id": named})
        told = orjson.dumps(name).decode()[1:-1] if named else name  # it may have a quotation mark in it
        more = "connection: close\r\n" if last else ""
        return (
            f"{self._head}{more}x-request-id: {name}\r\ncontent-type: {kind}; charset=utf-8\r\n"
            f"content-length: {self._length + len(told)}\r\n\r\n{self._before}{told}{self._after}"
        ).encode()
