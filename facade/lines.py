"""The lines of requests, which are many: formatted and written together, a moment after their requests.

One at a time, in the midst of other work, each would cost several times as much.
"""

import asyncio
import json
import logging
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

import orjson

from facade.request_log import FIELDS

DELAY = 0.05  # seconds for which a line may be held back
MOST = 500  # lines held back


class Lines(logging.Handler):
    """Writes records in bunches; at once where no event loop runs. What is held back is written at the latest at exit.

    A warning does not wait, nor what came before it.
    """

    def __init__(self, stream: TextIO, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._stream = stream
        self._held: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a record."""
        self._held.append(record)
        if record.levelno >= logging.WARNING or len(self._held) >= MOST:
            self.flush()
        elif len(self._held) == 1:
            try:
                asyncio.get_running_loop().call_later(DELAY, self.flush)
            except RuntimeError:
                self.flush()

    def flush(self) -> None:
        """Writes what is held back."""
        held, self._held = self._held, []
        if not held:
            return
        try:
            self._stream.write("".join([f"{self.format(record)}\n" for record in held]))
            self._stream.flush()
        except Exception:  # noqa: BLE001 - as logging's own handlers do: a log that cannot be written stops nothing
            self.handleError(held[-1])

    def close(self) -> None:
        """Writes what is held back, for the last time."""
        self.flush()
        super().close()


class RequestFormatter(logging.Formatter):
    """What the two forms of a request's line have in common; `always` is in every line."""

    def __init__(self, always: dict[str, Any]) -> None:
        super().__init__()
        self._always = always

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """What the line tells of its request."""
        held = record.__dict__
        return {name: held[name] for name in FIELDS if name in held} | self._always


class RequestJson(RequestFormatter):
    """A request's line as JSON with the names that structlog gives, without its processors: the fields are known."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return dumps(
            {
                "event": record.msg,
                **self.fields(record),
                "level": record.levelname.lower(),
                "logger": record.name,
                "timestamp": timestamp(record),
            }
        )


class RequestText(RequestFormatter):
    """A request's line for reading, laid out as structlog lays out the others."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. No field but the request id is a caller's, and that has no blanks and no line breaks."""
        text = " ".join([f"{name}={value}" for name, value in self.fields(record).items()])
        return f"{timestamp(record)} [{record.levelname.lower():9}] {record.msg:30} [{record.name}] {text}"


def timestamp(record: logging.LogRecord) -> str:
    """When it was, in UTC."""
    return f"{second(int(record.created))}.{int(record.created % 1 * 1e6):06}Z"


@lru_cache(maxsize=2)
def second(number: int) -> str:
    """A second of time, as text; many lines are of the same."""
    return datetime.fromtimestamp(number, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def dumps(value: Any, **_options: Any) -> str:
    """One line of JSON; what JSON cannot say is written as its `repr`."""
    try:
        return orjson.dumps(value, default=repr).decode()
    except TypeError:  # a large integer, or half a character: a line of the log must not be lost for it
        return json.dumps(value, default=repr, separators=(",", ":"))
