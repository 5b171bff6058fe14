"""W3C Trace Context: the trace that a caller is in, and the one that an upstream is told (https://www.w3.org/TR/trace-context-2/).

What cannot be read is not there: the request then begins a trace of its own. Baggage is neither read nor sent.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

PARENT, STATE = "traceparent", "tracestate"
HEADERS = frozenset({PARENT, STATE})
# Later versions may have more at the end; this one may not.
TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})((?:-[\x21-\x7E]*)?)")
MEMBER = re.compile(r"[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2B\x2D-\x3C\x3E-\x7E]{0,255}[\x21-\x2B\x2D-\x3C\x3E-\x7E]")
MOST_MEMBERS = 32
LONGEST_STATE = 512  # characters that must be passed on; more need not be
SAMPLED, RANDOM = 1, 2  # flags: it is recorded; its id is random
NO_TRACE, NO_SPAN = "0" * 32, "0" * 16


class Remote(NamedTuple):
    """The span of a caller's in which a request is made.

    Attributes:
        trace_id: 32 hexadecimal digits.
        span_id: 16 of them.
        flags: SAMPLED and RANDOM.
        state: what vendors pass on to each other, as one header's value; "" for none.

    """

    trace_id: str
    span_id: str
    flags: int
    state: str


def read(headers: Mapping[str, Sequence[str]]) -> Remote | None:
    """The caller's span, or None where the headers name none."""
    given = headers.get(PARENT)
    if given is None or len(given) != 1:
        return None
    found = TRACEPARENT.fullmatch(given[0])
    if found is None:
        return None
    version, trace_id, span_id, flags, rest = found.groups()
    if trace_id == NO_TRACE or span_id == NO_SPAN or (version == "00" and rest):
        return None
    return Remote(trace_id, span_id, int(flags, 16) & (SAMPLED | RANDOM), state(headers.get(STATE, ())))


def state(values: Sequence[str]) -> str:
    """The list that one or several headers hold; "" if something is wrong with it."""
    joined = ",".join(values)
    if not joined or len(joined) > LONGEST_STATE:
        return ""
    members = [member for each in joined.split(",") if (member := each.strip(" \t"))]
    keys = {member.partition("=")[0] for member in members}
    if len(keys) != len(members) or len(members) > MOST_MEMBERS or not all(map(MEMBER.fullmatch, members)):
        return ""
    return ",".join(members)


def written(trace_id: str, span_id: str, flags: int) -> str:
    """The value of `traceparent`."""
    return f"00-{trace_id}-{span_id}-{flags:02x}"
