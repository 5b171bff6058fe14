"""Which requests are recorded, and whose word is taken for it. Upstreams are told in any case."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from facade.traces.context import RANDOM, SAMPLED, written
from facade.traces.span import Span
from facade.traces.tracer import Followed, Tracer
from tests.access.files import KEY, billing, callers
from tests.faces.client import Failure
from tests.faces.stack import FACES, standing
from tests.support import basic
from tests.traces.collector import collecting

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
WISHED = {"traceparent": written(TRACE, PARENT, SAMPLED)}
UNWISHED = {"traceparent": written(TRACE, PARENT, 0)}
PATH = "/facade.v1.PublishService/CheckHealth"
MANY = 2000


def tracer(share: float, followed: Followed, kept: list[bytes]) -> Tracer:
    return Tracer(share, followed, kept.append)


def begun(share: float, followed: Followed, headers: dict[str, str]) -> Span:
    return tracer(share, followed, []).rpc(PATH, {name: [value] for name, value in headers.items()})


@pytest.mark.parametrize("followed", ["known", "all", "none"])
def test_a_caller_who_does_not_want_its_trace_recorded_has_its_way(followed: Followed) -> None:
    span = begun(1.0, followed, UNWISHED)
    span.trace.known()
    assert not span.recorded
    assert span.headers == [("traceparent", written(TRACE, span.id, 0))]


@pytest.mark.parametrize(
    ("followed", "before", "known"),
    [
        pytest.param("known", False, True, id="known callers"),
        pytest.param("all", True, True, id="all"),
        pytest.param("none", False, False, id="none"),
    ],
)
def test_whose_wish_is_followed(followed: Followed, before: bool, known: bool) -> None:
    span = begun(0.0, followed, WISHED)
    assert span.recorded is before
    span.trace.known()
    assert span.recorded is known


def test_of_other_requests_a_share_is_recorded() -> None:
    for headers in ({}, WISHED):
        recorded = sum(begun(0.25, "known", headers).recorded for _ in range(MANY))
        assert 0.15 < recorded / MANY < 0.35, "by chance less often than once in the life of the universe"
        assert not any(begun(0.0, "known", headers).recorded for _ in range(100))
        assert all(begun(1.0, "known", headers).recorded for _ in range(100))


def test_a_trace_that_begins_here_has_a_random_id_and_says_so() -> None:
    spans = [begun(1.0, "known", {}) for _ in range(100)]
    assert len({span.trace.id for span in spans}) == len({span.id for span in spans}) == 100
    assert {span.trace.flags for span in spans} == {SAMPLED | RANDOM}
    assert {(len(span.trace.id), len(span.id)) for span in spans} == {(32, 16)}


def test_of_an_unrecorded_trace_nothing_is_kept() -> None:
    kept: list[bytes] = []
    span = tracer(0.0, "known", kept).rpc(PATH, {})
    child = span.child(b"")
    assert child.headers == span.headers
    child.end()
    child.fail(ValueError())
    span.finish("r", "OK", None, "")
    assert kept == []


@pytest.mark.anyio
@pytest.mark.parametrize("name", FACES)
async def test_an_unrecorded_request_is_still_one_trace_for_upstream_and_caller(name: str) -> None:
    async with collecting() as collector, standing(name, traces_endpoint=collector.url, traces_sampling=0.0) as stack:
        with pytest.raises(Failure) as caught:
            await stack.face.call("GetUser", {"mail": "nobody@example.com"}, basic() | WISHED)
        [entry] = stack.upstream.state.log.entries("/bpm*")
    assert TRACE in caught.value.received
    trace, flags = entry.headers["traceparent"].split("-")[1::2]
    assert (trace, flags) == (TRACE, "00")
    assert collector.requests == []


@pytest.mark.anyio
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("stranger", [False, True], ids=["a caller", "a stranger"])
async def test_callers_who_are_authenticated_may_have_their_traces_recorded(
    name: str, stranger: bool, tmp_path: Path
) -> None:
    more: dict[str, Any] = {"callers": callers(tmp_path, billing()), "traces_sampling": 0.0}
    headers = WISHED | {"x-api-key": "nobody's" if stranger else KEY}
    async with collecting() as collector, standing(name, traces_endpoint=collector.url, **more) as stack:
        with pytest.raises(Failure) if stranger else nullcontext():
            await stack.face.call("CheckHealth", None, headers)
    if stranger:
        assert collector.requests == []
        return
    [root] = [span for span in collector.spans if span.kind == "SERVER"]
    assert (root.trace_id, root.parent) == (TRACE, PARENT)
    assert root.attributes["facade.caller"] == "billing"
