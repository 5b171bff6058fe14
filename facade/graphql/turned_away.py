"""Requests that are refused before they are read, where the facade is congested: in a fiftieth of the time."""

from collections.abc import Callable, Sequence

import orjson

from facade.admission import Door, full
from facade.caller import request_id
from facade.graphql.accept import JSON_TYPE, RESPONSE_TYPE
from facade.graphql.answer import refused

Fields = Sequence[tuple[bytes, bytes]]
NAMED = b"x-request-id"
NAME = "request-id-of-the-caller"


def turning_away(door: Door, told: Callable[[], None] = lambda: None) -> Callable[[Fields], bytes | None]:
    """What says, of a request's headers, None if it is let in, or else the whole HTTP answer.

    `told` is called for each that is not.
    """
    answer = refused(full(), NAME)
    before, after = orjson.dumps(answer.content).split(NAME.encode())
    head = f"HTTP/1.1 {answer.status} Service Unavailable\r\nretry-after: {answer.headers['retry-after']}\r\n"

    def turned_away(headers: Fields) -> bytes | None:
        if door.lets_in():
            return None
        told()
        name = request_id(
            {"x-request-id": [value.decode("latin-1") for key, value in headers if key == b"x-request-id"]}
        )
        kind = JSON_TYPE
        for key, value in headers:
            if key == b"accept" and RESPONSE_TYPE.encode() in value:
                kind = RESPONSE_TYPE
        body = before + name.encode() + after
        more = f"x-request-id: {name}\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {len(body)}\r\n\r\n"
        return (head + more).encode() + body

    return turned_away
