"""A stand-in for a collector of traces: takes OTLP over HTTP and decodes it with OpenTelemetry's own messages."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1 import trace_pb2

KINDS = {1: "INTERNAL", 2: "SERVER", 3: "CLIENT"}


@dataclass(frozen=True)
class Told:
    """A span as it was sent."""

    name: str
    kind: str
    trace_id: str
    id: str
    parent: str
    start: int
    end: int
    attributes: dict[str, Any]
    failed: bool
    state: str
    flags: int
    links: list[tuple[str, str]]

    def within(self, other: "Told") -> bool:
        """Whether it is a child of the other, and its time is in the other's."""
        nested = other.start <= self.start <= self.end <= other.end
        return nested and (self.trace_id, self.parent) == (other.trace_id, other.id)


@dataclass
class Collector:
    """What has come in.

    Attributes:
        url: where it is.
        answers: the next answers, as status and body; 200 without a body after the last. None: none at all.
        requests: the headers and the raw body of each request.
        accepted: the messages of those that were answered with success.
    """

    url: str = ""
    answers: list[tuple[int, bytes] | None] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    accepted: list[ExportTraceServiceRequest] = field(default_factory=list)

    @property
    def spans(self) -> list[Told]:
        """All spans, in the order in which they ended."""
        return [
            told(span)
            for message in self.accepted
            for resource in message.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def resource(self) -> dict[str, Any]:
        """Who has sent the first of them."""
        return {each.key: plain(each.value) for each in self.accepted[0].resource_spans[0].resource.attributes}

    def one(self, name: str) -> Told:
        """The only span of this name."""
        [found] = [span for span in self.spans if span.name == name]
        return found

    @property
    def names(self) -> Counter[str]:
        """The names of spans."""
        return Counter(span.name for span in self.spans)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the requests of a connection."""
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(line.split(": ", 1) for line in head[1:] if line) | {":line": head[0]}
                body = await reader.readexactly(int(headers["content-length"]))
                self.requests.append((headers, body))
                answer = self.answers.pop(0) if self.answers else (200, b"")
                if answer is None:
                    break
                if answer[0] == 200:
                    self.accepted.append(ExportTraceServiceRequest.FromString(body))
                writer.write(b"HTTP/1.1 %d OK\r\ncontent-length: %d\r\n\r\n" % (answer[0], len(answer[1])) + answer[1])
        writer.close()


@asynccontextmanager
async def collecting(*answers: tuple[int, bytes] | None) -> AsyncIterator[Collector]:
    """A collector that gives these answers first."""
    collector = Collector(answers=list(answers))
    server = await asyncio.start_server(collector.serve, "127.0.0.1", 0)
    collector.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/traces"
    try:
        yield collector
    finally:
        server.close()


def told(span: trace_pb2.Span) -> Told:
    """A span in plain values."""
    assert not span.status.message
    return Told(
        span.name,
        KINDS[span.kind],
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        {each.key: plain(each.value) for each in span.attributes},
        span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        span.trace_state,
        span.flags,
        [(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
    )


def plain(value: AnyValue) -> Any:
    """A value as Python's."""
    kind = value.WhichOneof("value")
    assert kind is not None
    if kind == "array_value":
        return [plain(each) for each in value.array_value.values]
    return getattr(value, kind)
