"""Logging: every record of ours as one structured line on standard error; of the libraries only warnings.

Libraries stay at warning whatever the level: at debug some of them write headers, and with them secrets.
"""

import json
import logging
import sys
from typing import Any, Literal

import orjson
import structlog


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
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("facade").setLevel(level.upper())


def dumps(value: Any, **_options: Any) -> str:
    """One line of JSON; what JSON cannot say is written as its `repr`."""
    try:
        return orjson.dumps(value, default=repr).decode()
    except TypeError:  # a large integer, or half a character: a line of the log must not be lost for it
        return json.dumps(value, default=repr, separators=(",", ":"))
