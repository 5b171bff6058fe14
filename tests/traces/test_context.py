"""W3C Trace Context: what is understood, and that it is what OpenTelemetry's own reader understands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.trace import get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from facade.traces.context import RANDOM, SAMPLED, Remote, read, written

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


def found(parent: str, *states: str) -> Remote | None:
    return read({"traceparent": [parent], "tracestate": list(states)} if states else {"traceparent": [parent]})


@pytest.mark.parametrize(
    ("parent", "flags"),
    [
        pytest.param(GOOD, SAMPLED, id="sampled"),
        pytest.param(f"00-{TRACE}-{SPAN}-00", 0, id="not sampled"),
        pytest.param(f"00-{TRACE}-{SPAN}-03", SAMPLED | RANDOM, id="sampled and random"),
        pytest.param(f"00-{TRACE}-{SPAN}-ff", SAMPLED | RANDOM, id="flags that nobody knows yet"),
        pytest.param(f"01-{TRACE}-{SPAN}-01", SAMPLED, id="a later version"),
        pytest.param(f"cc-{TRACE}-{SPAN}-01-what-comes-later", SAMPLED, id="a later version with more"),
    ],
)
def test_a_parent_is_read(parent: str, flags: int) -> None:
    assert found(parent) == Remote(TRACE, SPAN, flags, "")


@pytest.mark.parametrize(
    "parent",
    [
        pytest.param("", id="empty"),
        pytest.param(f"ff-{TRACE}-{SPAN}-01", id="version ff"),
        pytest.param(f"00-{'0' * 32}-{SPAN}-01", id="no trace"),
        pytest.param(f"00-{TRACE}-{'0' * 16}-01", id="no span"),
        pytest.param(f"00-{TRACE.upper()}-{SPAN}-01", id="capitals"),
        pytest.param(f"00-{TRACE[1:]}-{SPAN}-01", id="too short"),
        pytest.param(f"{GOOD}-more", id="more in the version that has no more"),
        pytest.param(f"{GOOD}x", id="one character more"),
        pytest.param(f"cc-{TRACE}-{SPAN}-01.x", id="more without a dash"),
        pytest.param(f"{GOOD}\n", id="a line break"),
        pytest.param(f"00-{TRACE}-{SPAN}-0g", id="flags that are no number"),
    ],
)
def test_what_is_no_parent_is_not_there(parent: str) -> None:
    assert found(parent) is None


def test_two_parents_are_none() -> None:
    assert read({"traceparent": [GOOD, GOOD]}) is None
    assert read({}) is None


@pytest.mark.parametrize(
    ("states", "state"),
    [
        pytest.param(["a=1"], "a=1", id="one"),
        pytest.param(["a=1, b@c=2 3 ,", " d=4"], "a=1,b@c=2 3,d=4", id="several headers, blanks, empty members"),
        pytest.param(["a=1,a=2"], "", id="a key twice"),
        pytest.param(["a"], "", id="no value"),
        pytest.param(["A=1"], "", id="a capital"),
        pytest.param(["a=1\r\nx: y"], "", id="a line break"),
        pytest.param(["a=ü"], "", id="a letter beyond ASCII"),
        pytest.param(["a=1=2"], "", id="two equals signs"),
        pytest.param([",".join(f"k{n}=1" for n in range(33))], "", id="33 members"),
        pytest.param(["a=" + "x" * 300], "", id="a long value"),
        pytest.param([f"a={'x' * 256},b={'x' * 256}"], "", id="a long list"),
    ],
)
def test_a_state_is_passed_on_if_it_is_one(states: list[str], state: str) -> None:
    assert found(GOOD, *states) == Remote(TRACE, SPAN, SAMPLED, state)


@settings(deadline=None)
@given(
    st.text("0123456789abcdefABCDEF-x", max_size=60)
    | st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", fullmatch=True)
)
def test_it_is_what_opentelemetry_reads(parent: str) -> None:
    context = get_current_span(TraceContextTextMapPropagator().extract({"traceparent": parent})).get_span_context()
    mine = found(parent)
    assert (mine is not None) is context.is_valid
    if mine is not None:
        assert (int(mine.trace_id, 16), int(mine.span_id, 16)) == (context.trace_id, context.span_id)
        assert mine.flags & SAMPLED == context.trace_flags & SAMPLED


def test_what_is_written_is_read() -> None:
    assert found(written(TRACE, SPAN, 3)) == Remote(TRACE, SPAN, 3, "")
