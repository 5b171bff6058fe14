"""Logging: every record of ours as one structured line on standard error; of the libraries only warnings.

Libraries stay at warning whatever the level: at debug some of them write headers, and with them secrets.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import orjson
import structlog

from facade.request_log import FIELDS, NAME


def configure(level: str, style: Literal["console", "json"], **always: Any) -> None:
    """Sends all logging to standard error, `always` in every line."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        lambda _logger, _method, event: {**event, **always},
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=dumps)]
        if style == "json"
        # Plain tracebacks: structlog's own choice, where rich is installed, prints local variables, and so secrets.
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    requests = logging.getLogger(NAME)
    requests.handlers, requests.propagate = [], True
    if style == "json" or not sys.stderr.isatty():  # where somebody looks, structlog's colours are worth their time
        own = logging.StreamHandler()
        own.setFormatter(RequestJson(always) if style == "json" else RequestText(always))
        requests.handlers, requests.propagate = [own], False
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    # What no line of ours tells need not be looked up for each (Python's logging HOWTO, "Optimization").
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.getLogger("facade").setLevel(level.upper())


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
    """A request's line as JSON with the names that structlog gives: a tenth of its time, since the fields are known."""

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
