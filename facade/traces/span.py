"""A span, and what the spans of one request have in common.

They are written as they end, into bytes that wait for the exporter. Where a trace is not recorded nothing is written,
but upstreams are told of it all the same.
"""

from collections.abc import Callable
from random import getrandbits
from time import perf_counter_ns, time_ns

from facade.errors import Code, FacadeError
from facade.traces import conventions, otlp
from facade.traces.context import PARENT, SAMPLED, STATE, written

MOST = 1000  # spans below a request's: a stream may make calls for hours
CANCELLED = "CANCELLED"


class Trace:
    """What the spans of one request have in common.

    Args:
        id_: 32 hexadecimal digits.
        flags: those of W3C.
        state: the value of `tracestate`, or "".
        keep: takes a span that has ended, with the key of its field.
        wished: whether its caller wants it recorded, which is done if the caller turns out to be a known one.

    Attributes:
        id: as above.
        flags: as above; SAMPLED where spans are recorded.
        head: the state as it is written in spans.
        began: nanoseconds to add to `perf_counter_ns`, which does not leap, for the time of day.

    """

    __slots__ = ("began", "flags", "head", "id", "keep", "left", "state", "wished")

    def __init__(self, id_: str, flags: int, state: str, keep: Callable[[bytes], None], *, wished: bool) -> None:
        self.id = id_
        self.flags = flags
        self.state = state
        self.head = otlp.text(3, state) if state else b""
        self.keep = keep
        self.wished = wished
        self.left = MOST
        self.began = time_ns() - perf_counter_ns()

    def known(self) -> None:
        """Its caller is authenticated. To be called before anything has been called in it."""
        if self.wished:
            self.flags |= SAMPLED


class Span:
    """A span that has begun.

    Args:
        trace: its request's.
        parent: 16 hexadecimal digits of the span that it is in, or "".
        described: what it is (see `conventions`).
        more: encoded attributes and links.
        remote: whether its parent is a caller's.

    Attributes:
        trace: as above.
        id: 16 hexadecimal digits.
        described: as above; may be known better later.
        status: the status of an HTTP answer, as soon as there is one.
        coded: the name of the attribute that has the code that it ends with.

    """

    __slots__ = ("_begun", "_more", "_parent", "_remote", "coded", "described", "id", "status", "trace")

    def __init__(
        self,
        trace: Trace,
        parent: str,
        described: bytes,
        more: bytes = b"",
        remote: bool = False,
    ) -> None:
        self.trace = trace
        self.id = f"{getrandbits(64) or 1:016x}"
        self.described = described
        self.status = 0
        self.coded = conventions.OUR_CODE
        self._parent = parent
        self._remote = remote
        self._more = more
        self._begun = perf_counter_ns()

    @property
    def recorded(self) -> bool:
        """Whether anything is written of it."""
        return bool(self.trace.flags & SAMPLED)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """What an upstream is told that is called in this span."""
        trace = self.trace
        told = [(PARENT, written(trace.id, self.id, trace.flags))]
        if trace.state:
            told.append((STATE, trace.state))
        return told

    def child(self, described: bytes, more: bytes = b"") -> "Span":
        """A span in this one, which begins now."""
        trace = self.trace
        if not trace.flags & SAMPLED:
            return Unrecorded(self)
        trace.left -= 1
        return Span(trace, self.id, described, more) if trace.left >= 0 else Unrecorded(self)

    def link(self) -> bytes:
        """A link to it, for a span that waits for the same."""
        return otlp.link(self.trace.id, self.id, self.trace.flags)

    def end(self, code: str = "OK", reason: str = "", *, failed: bool = False) -> None:
        """It has ended, with this code and, where something went wrong, for this reason."""
        trace = self.trace
        if not trace.flags & SAMPLED:
            return
        began = trace.began
        fixed = otlp.fixed(
            bytes.fromhex(trace.id + self.id + self._parent),
            self._begun + began,
            perf_counter_ns() + began,
            trace.flags | (otlp.REMOTE if self._remote else otlp.LOCAL),
        )
        ended = conventions.ended(self.coded, self.status, code, reason, failed)
        trace.keep(otlp.span(fixed + self.described + self._more + trace.head + ended))

    def fail(self, error: BaseException) -> None:
        """It has ended in an error, which what it did for somebody else has met."""
        if isinstance(error, FacadeError):
            self.status = self.status or error.upstream_status
            self.end(error.code.value, error.reason.value, failed=True)
        else:
            self.end(CANCELLED, type(error).__name__, failed=True)

    def finish(self, request_id: str, code: str, error: FacadeError | None, caller: str) -> None:
        """The request has been answered: with an error, or with this code."""
        if not self.recorded:
            return
        self._more += conventions.request_id(request_id)
        if caller:
            self._more += otlp.attribute("facade.caller", caller)
        if self.trace.left < 0:
            self._more += otlp.attribute("facade.spans_left_out", -self.trace.left)
        if error is not None:
            failed = error.code in conventions.FAULTS or self.status >= 500  # noqa: PLR2004 - HTTP's own faults
            self.end(error.code.value, error.reason.value, failed=failed)
        else:
            self.end(code, "" if code == "OK" else code, failed=code == Code.DEADLINE_EXCEEDED)


def trace_id(span: Span | None) -> str:
    """The id of its trace, or "" where nothing is traced."""
    return span.trace.id if span else ""


class Unrecorded(Span):
    """Stands for a span of which nothing is written; what is called in it is told of the span that it is in."""

    __slots__ = ()

    def __init__(self, parent: Span) -> None:
        self.trace = parent.trace
        self.id = parent.id
        self.status = 0

    def child(self, described: bytes, more: bytes = b"") -> Span:  # noqa: ARG002 - as a span has it
        """The same."""
        if self.recorded:
            self.trace.left -= 1
        return self

    def end(self, code: str = "OK", reason: str = "", *, failed: bool = False) -> None:
        """Nothing."""
