"""One line for each request, the same on both faces. Nothing that a caller sends, but its request id, is in it."""

import logging
import time
from collections.abc import Sequence
from typing import Protocol

from facade.errors import Code, FacadeError
from facade.traces.span import Span

NAME = "facade.request"
# What a line may have beside its time and its level, in this order.
FIELDS = ("method", "code", "reason", "caller", "upstream", "upstream_status", "request_id", "trace_id", "ms")
log = logging.getLogger(NAME)

# Codes that are the operator's business rather than the caller's.
ALARMING = frozenset({Code.INTERNAL, Code.UNKNOWN})
NO_OPERATION = "none"  # what a request is about that asks for no operation, or for none that there is
SEVERAL_OPERATIONS = "several"  # and one that asks for different operations at a time


class Finished(Protocol):
    """Is told that a request has ended; see `finished`."""

    def __call__(
        self,
        method: str,
        request_id: str,
        started: float,
        error: FacadeError | None = None,
        *,
        operation: str = NO_OPERATION,
        code: str = "OK",
        asked: Sequence[str] = (),
        caller: str = "",
        span: Span | None = None,
    ) -> None:
        """Called once a request."""


def finished(
    method: str,
    request_id: str,
    started: float,
    error: FacadeError | None = None,
    *,
    operation: str = NO_OPERATION,  # noqa: ARG001 - for those who count: `method` says it, and more
    code: str = "OK",
    asked: Sequence[str] = (),
    caller: str = "",
    span: Span | None = None,
) -> None:
    """Logs that `method` ended, and ends its span.

    `started` is a reading of `time.perf_counter`, `asked` are the upstreams that it called, `caller` is the name of
    the caller where the facade authenticates callers.
    """
    if span is not None:
        span.finish(request_id, code, error, caller)
    level = logging.WARNING if error is not None and error.code in ALARMING else logging.INFO
    if not log.isEnabledFor(level):
        return
    extra = {
        "method": method,
        "code": code if error is None else error.code.value,
        "request_id": request_id,
        "ms": round((time.perf_counter() - started) * 1000, 2),
    }
    if span is not None:
        extra["trace_id"] = span.trace.id
    if caller:
        extra["caller"] = caller
    if asked:
        extra["upstream"] = ",".join(asked)
    if error is not None:
        extra["reason"] = error.reason.value
        if error.upstream:
            extra["upstream"] = error.upstream
            extra["upstream_status"] = error.upstream_status
    log.log(level, "request", extra=extra)
