"""What an endpoint is given and gives back: a request already read, an answer not yet sent.

Endpoints are plain functions of the state and a `Call`; only the gate touches ASGI.
"""

from dataclasses import dataclass
from typing import Any

import orjson

JSON = (b"content-type", b"application/json")
INVALID_BODY = "Invalid request body"


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Header names are lower-case, in the order received."""

    method: str
    path: str
    """Percent-decoded."""
    raw_path: str
    """As received."""
    query: str
    """As received, without the question mark."""
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: bytes) -> str | None:
        """The first value of the header `name` (lower-case), None if there is none."""
        return next((value.decode("latin-1") for key, value in self.headers if key == name), None)

    def json_object(self) -> dict[str, Any] | None:
        """The body if it is one non-empty JSON object, else None."""
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return value if isinstance(value, dict) and value else None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Content-Length is added when it is sent."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


def json_answer(status: int, value: object, *headers: tuple[bytes, bytes]) -> Answer:
    """An answer with `value` as JSON."""
    return Answer(status, orjson.dumps(value), (JSON, *headers))


def message(status: int, text: str) -> Answer:
    """An answer as both IEM APIs give it: `{"message": text}`."""
    return json_answer(status, {"message": text})
