"""Requests that are refused before they are read, where the facade is congested: in a fiftieth of the time."""

from collections.abc import Callable, Sequence

import orjson

from facade.admission import Door, full
from facade.caller import request_id
from facade.graphql.accept import JSON_TYPE, RESPONSE_TYPE
from facade.graphql.answer import refused

NAMED = b"x-request-id"
NAME = "request-id-of-the-caller"


class TurningAway:
    """Asks `door`, and has the whole HTTP answer for requests that it does not let in; `told` is told of each."""

    def __init__(self, door: Door, told: Callable[[], None] = lambda: None) -> None:
        answer = refused(full(), NAME)
        self._door = door
        self._told = told
        self._before, self._after = orjson.dumps(answer.content).split(NAME.encode())
        self._head = f"HTTP/1.1 {answer.status} Service Unavailable\r\nretry-after: {answer.headers['retry-after']}\r\n"

    @property
    def congested(self) -> bool:
        """Whether requests are refused."""
        return self._door.congested

    def __call__(self, headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
        """None if the request with these headers is let in, or else its answer."""
        if self._door.lets_in():
            return None
        self._told()
        name = request_id({"x-request-id": [value.decode("latin-1") for key, value in headers if key == NAMED]})
        kind = JSON_TYPE
        for key, value in headers:
            if key == b"accept" and RESPONSE_TYPE.encode() in value:
                kind = RESPONSE_TYPE
        body = self._before + name.encode() + self._after
        told = f"x-request-id: {name}\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {len(body)}\r\n\r\n"
        return (self._head + told).encode() + body
