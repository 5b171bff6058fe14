"""What an event costs in bulk: `python -m benchmarks.bulk`.

The facade's CPU time an event through PublishStream and PublishBatch, beside that of PublishEvent called by 32 callers
at a time, in rounds taken in turn. The ratios are what counts: the machine's speed, and whoever else uses it, cancel
out. After each way the upstream is asked whether it had every event once.

Needs two cores and h2load (Debian: nghttp2-client), which costs so little that the facade is what is measured.
"""

import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf.message import Message

from benchmarks.serving import Served, facade
from facade.v1 import publish_pb2 as pb
from facade.v1 import publish_pb2_grpc

ROUNDS = 7
EVENTS = 6000  # a round
BATCH = 1000
CALLERS = 32  # of PublishEvent: as many as bulk operations get places
CREDENTIALS = "Basic " + b64encode(b"api@example.com:sandbox").decode()


@dataclass(frozen=True)
class Way:
    """A way to publish EVENTS events: `calls` calls of `method`, `callers` at a time, each with the body `body`."""

    method: str
    calls: int
    callers: int
    body: bytes


def event(number: int) -> pb.Event:
    """An event as monitoring tools send them."""
    return pb.Event(
        parameter_category="cpu",
        parameter_type="cpu",
        parameter_name="cpu",
        severity="4",
        description="cpu issue",
        entity=f"host-{number}",
        env_customer_id="C-100",
        event_id=str(number),
        first_occurrence="2024-04-16T12:01:00.254Z",
    )


def item(number: int) -> pb.PublishItem:
    """The same as an item."""
    return pb.PublishItem(item_id=str(number), event=event(number))


def framed(message: Message) -> bytes:
    """A message as gRPC sends it: not compressed, and its length."""
    text = message.SerializeToString()
    return struct.pack(">BI", 0, len(text)) + text


def ways() -> list[Way]:
    """PublishEvent first: it is what the others are compared with."""
    stream = b"".join(framed(pb.PublishStreamRequest(item=item(number))) for number in range(EVENTS))
    batch = framed(pb.PublishBatchRequest(items=[item(number) for number in range(BATCH)]))
    return [
        Way("PublishEvent", EVENTS, CALLERS, framed(pb.PublishEventRequest(event=event(0)))),
        Way("PublishStream", 1, 1, stream),
        Way("PublishBatch", EVENTS // BATCH, 1, batch),
    ]


def load(served: Served, way: Way, folder: Path) -> float:
    """CPU microseconds an event that the facade takes for EVENTS events."""
    body = folder / way.method
    body.write_bytes(way.body)
    published, spent = served.published(), served.cpu()
    command = ["h2load", f"-n{way.calls}", f"-c{way.callers}", "-m1", "-d", str(body)]
    for header in ("content-type: application/grpc", "te: trailers", f"authorization: {CREDENTIALS}"):
        command += ["-H", header]
    url = f"http://{served.grpc}/facade.v1.PublishService/{way.method}"
    subprocess.run([*command, url], check=True, stdout=subprocess.DEVNULL, timeout=120)
    spent = served.cpu() - spent
    if served.published() - published != EVENTS:
        sys.exit(f"{way.method}: the upstream had {served.published() - published} events instead of {EVENTS}")
    return spent / EVENTS * 1e6


def warm(served: Served) -> None:
    """Logs in, so that what the upstream counts from now on are events."""
    with grpc.insecure_channel(served.grpc) as channel:
        stub = publish_pb2_grpc.PublishServiceStub(channel)
        stub.PublishEvent(pb.PublishEventRequest(event=event(0)), metadata=(("authorization", CREDENTIALS),))


def main() -> None:
    """Prints median, spread and ratio of each way."""
    if not shutil.which("h2load"):
        sys.exit("benchmarks.bulk needs h2load, which comes with nghttp2 (Debian: nghttp2-client)")
    chosen = ways()
    with facade() as served, tempfile.TemporaryDirectory() as folder:
        warm(served)
        rounds = [[load(served, way, Path(folder)) for way in chosen] for _ in range(ROUNDS + 1)][1:]  # one warms up
    print(f"CPU µs an event: median, lowest to highest of {ROUNDS} rounds, and the ratio to PublishEvent")
    for place, way in enumerate(chosen):
        figures = [each[place] for each in rounds]
        ratio = statistics.median(each[place] / each[0] for each in rounds)
        spread = f"{statistics.median(figures):.0f} ({min(figures):.0f} to {max(figures):.0f})"
        print(f"{way.method:14} {spread:20} {ratio:.2f}")


if __name__ == "__main__":
    main()
