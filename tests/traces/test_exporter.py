"""What is recorded gets to the collector, or is left out: a collector that does not take it harms nobody."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from facade.traces import exporter as exporting
from facade.traces import otlp
from facade.traces.exporter import BUNCH, MOST, Exporter, Reply
from tests.faces.stack import FACES, standing
from tests.support import until
from tests.traces.collector import Collector, collecting

pytestmark = pytest.mark.anyio

RESOURCE = otlp.resource_of({"service.name": "x"}, "https://schema.example")
SPAN = otlp.span(otlp.fixed(bytes(range(1, 25)), 1, 2, 0) + otlp.described("a", otlp.SERVER))
WELL = Reply(200, None, b"")
Act = Callable[[], Reply]


class Taken:
    """What was posted, and what each post leads to; WELL when the list is at its end."""

    def __init__(self, *acts: Reply | Exception) -> None:
        self.acts = list(acts)
        self.bunches: list[int] = []

    async def post(self, body: bytes) -> Reply:
        [resource] = ExportTraceServiceRequest.FromString(body).resource_spans
        self.bunches.append(len(resource.scope_spans[0].spans))
        act = self.acts.pop(0) if self.acts else WELL
        if isinstance(act, Exception):
            raise act
        return act


@asynccontextmanager
async def running(taken: Taken) -> AsyncIterator[Exporter]:
    """An exporter, which is closed in the end, and ends by itself."""
    made = Exporter(taken.post, RESOURCE)
    work = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        made.close()
        async with asyncio.timeout(30):
            await work
        made.ended()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(exporting, "LONGEST_PAUSE", 0.002)
    monkeypatch.setattr(exporting, "DELAY", 0.001)


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, Any]]:
    """What was logged about the export, with why or how many."""
    return [
        (record.getMessage(), vars(record).get("why", vars(record).get("left_out")))
        for record in caplog.records
        if record.name == "facade.traces.exporter"
    ]


async def test_spans_are_sent_in_bunches_and_the_last_ones_at_the_end() -> None:
    taken = Taken()
    async with running(taken) as exporter:
        for _ in range(BUNCH + 3):
            exporter.keep(SPAN)
        await until(lambda: taken.bunches == [BUNCH])
    assert taken.bunches == [BUNCH, 3]


@pytest.mark.usefixtures("hasty")
async def test_a_few_are_sent_after_a_while() -> None:
    taken = Taken()
    async with running(taken) as exporter:
        for expected in (1, 2, 3):
            exporter.keep(SPAN)
            await until(lambda: len(taken.bunches) == expected)  # noqa: B023 - it is waited for at once
    assert taken.bunches == [1, 1, 1]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("trouble", [Reply(503, 0.001, b""), Reply(429, 3600.0, b""), ConnectionError("no answer")])
async def test_what_may_be_taken_later_is_sent_again(
    trouble: Reply | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    taken = Taken(trouble, trouble)
    async with running(taken) as exporter:
        exporter.keep(SPAN)
        await until(lambda: len(taken.bunches) == 3)
    why = str(trouble) if isinstance(trouble, Exception) else f"HTTP status {trouble.status}"
    assert said(caplog) == [("traces are not exported", why), ("traces are exported again", 0)]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("acts", "posts"),
    [
        pytest.param([Reply(400, None, b"")], 1, id="refused"),
        pytest.param([Reply(401, None, b"")], 1, id="wrong credentials"),
        pytest.param([Reply(307, None, b"")], 1, id="a redirect, which is not followed"),
        pytest.param([ValueError("a defect")], 1, id="a defect"),
        pytest.param([Reply(503, None, b"")] * 5, 5, id="again and again"),
    ],
)
async def test_what_is_not_taken_is_left_out_and_the_next_is_sent(
    acts: list[Reply | Exception], posts: int, caplog: pytest.LogCaptureFixture
) -> None:
    taken = Taken(*acts)
    async with running(taken) as exporter:
        exporter.keep(SPAN)
        await until(lambda: len(taken.bunches) == posts)
        exporter.keep(SPAN)
        await until(lambda: len(taken.bunches) == posts + 1)
    [(first, _), again] = said(caplog)
    assert first == "traces are not exported"
    assert again == ("traces are exported again", 1)
    assert "a defect" not in caplog.text


@pytest.mark.usefixtures("hasty")
async def test_a_collector_that_says_that_it_has_refused_some_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    answer = ExportTraceServiceResponse(
        partial_success=ExportTracePartialSuccess(rejected_spans=300, error_message="x" * 200)
    )
    async with running(Taken(Reply(200, None, answer.SerializeToString()))) as exporter:
        exporter.keep(SPAN)
    assert said(caplog) == [
        ("traces are not exported", "the collector has refused some of them"),
        ("traces were left out", 300),
    ]


@pytest.mark.parametrize(
    "answer", [b"", b"\x0a", b"\x0a\x00", b"\x0a\xff", b"\x0a\x02\x08", b"<html>", b"\x0a\x02\x12\x00"]
)
def test_an_answer_that_says_nothing_of_the_kind_refuses_none(answer: bytes) -> None:
    assert otlp.rejected(answer) == 0


@pytest.mark.usefixtures("hasty")
async def test_trouble_that_comes_and_goes_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    taken = Taken(*([Reply(400, None, b""), WELL] * 20))
    async with running(taken) as exporter:
        for sent in range(40):
            exporter.keep(SPAN)
            await until(lambda: len(taken.bunches) == sent + 1)  # noqa: B023 - it is waited for at once
    assert len(said(caplog)) <= 3


async def test_what_waits_has_a_limit(caplog: pytest.LogCaptureFixture) -> None:
    taken = Taken(*[ConnectionError("nobody")] * 100)
    async with running(taken) as exporter:
        for _ in range(MOST * BUNCH + 10):
            exporter.keep(SPAN)
    assert sum(taken.bunches) == MOST * BUNCH, "at the end each is tried once"
    assert said(caplog)[-1] == ("traces were left out", MOST * BUNCH + 10)


@pytest.mark.parametrize("name", FACES)
async def test_a_collector_that_is_not_there_is_not_noticed_by_callers(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with collecting() as gone:
        pass
    async with standing(name, traces_endpoint=gone.url) as stack:
        for _ in range(5):
            assert await stack.face.call("CheckHealth") == {"message": "API is running"}
    assert [event for event, _ in said(caplog)] == ["traces are not exported", "traces were left out"]


@pytest.mark.parametrize("name", FACES)
async def test_a_collector_that_does_not_answer_does_not_keep_the_facade_from_ending(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facade.traces.connect.FAREWELL", 0.2)
    accepted = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        while await reader.read(65536):
            pass
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with asyncio.timeout(60), standing(name, traces_endpoint=url) as stack:
        assert await stack.face.call("CheckHealth")
    assert accepted.is_set()
    server.close()


async def test_headers_go_with_each_bunch_and_are_read_again(tmp_path: Any) -> None:
    file = tmp_path / "headers"
    file.write_text("Authorization = Bearer%20old\nx-tenant=a%2Cb\n")
    async with (
        collecting() as collector,
        standing("grpc", traces_endpoint=collector.url, traces_headers_file=str(file)) as stack,
    ):
        await stack.face.call("CheckHealth")
        await until(lambda: bool(collector.requests), 30)
        assert headers(collector) == ("Bearer old", "a,b")
        file.write_text("authorization=Bearer%20new,x-tenant=c")
        stack.facade.renewal.now()
        await until(lambda: headers_now(stack) == "c", 30)
        await stack.face.call("CheckHealth")
    assert headers(collector) == ("Bearer new", "c")


def headers(collector: Collector) -> tuple[str, str]:
    """Those of the last bunch."""
    sent = collector.requests[-1][0]
    return sent["authorization"], sent["x-tenant"]


def headers_now(stack: Any) -> str:
    """What the next bunch is sent with."""
    [kept] = [each for each in stack.facade.renewal._kept if "collector" in each.name]
    return str(dict(kept.current())["x-tenant"])
