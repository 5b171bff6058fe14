"""Logging: every record of ours as one structured line on standard error; of the libraries only warnings.

Libraries stay at warning whatever the level: at debug some of them write headers, and with them secrets.
"""

import logging
import os
import sys
from typing import Any, Literal

import structlog

from facade.lines import Lines, RequestJson, RequestText, dumps
from facade.request_log import NAME


def configure(level: str, style: Literal["console", "json"], **always: Any) -> None:
    """Sends all logging to standard error, `always` in every line.

    To be called before gRPC is started: its core writes lines of its own there, such as one for each client whose TLS
    fails, unless it is told not to.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
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
        own = Lines(sys.stderr, RequestJson(always) if style == "json" else RequestText(always))
        requests.handlers, requests.propagate = [own], False
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    # What no line of ours tells need not be looked up for each (Python's logging HOWTO, "Optimization").
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    logging.getLogger("facade").setLevel(level.upper())
