"""A profile as text: what py-spy recorded, counted by function."""

from benchmarks.profiles import stacks, told

RECORDED = """\
run (facade/loop.py:17);answered (facade/rpc/calls.py:120);loads (/opt/lib/python3.11/json/__init__.py:299) 3
run (facade/loop.py:17);answered (facade/rpc/calls.py:120) 1
_run (/opt/venv/lib/python3.11/site-packages/grpc/_server.py:9) 4
"""


def test_time_is_counted_for_a_function_and_for_those_that_called_it() -> None:
    text = told("an operation", stacks(RECORDED))
    own, whole = text.split("ours, with what it calls")
    assert "an operation: 8 samples" in own
    assert "  50.0%  grpc/_server.py:9 _run" in own
    assert "  37.5%  json/__init__.py:299 loads" in own
    assert "  12.5%  facade/rpc/calls.py:120 answered" in own
    assert whole.split() == ["50.0%", "facade/rpc/calls.py:120", "answered"]
