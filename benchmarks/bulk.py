"""What an event costs in bulk: `python -m benchmarks.bulk`.

The facade's CPU time an event through PublishStream and PublishBatch, beside that of PublishEvent called by 32 callers
at a time, in rounds taken in turn. The ratios are what counts: the machine's speed, and whoever else uses it, cancel
out. After each way the upstream is asked whether it had every event once.

Needs two cores and h2load (Debian: nghttp2-client), which costs so little that the facade is what is measured.
"""

import os
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
import httpx
from google.protobuf.message import Message

from benchmarks.servers import FACADE, Server, cores, started
from benchmarks.serving import lines, process
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


def load(server: Server, upstream: str, way: Way, folder: Path) -> float:
    """CPU microseconds an event that the facade takes for EVENTS events."""
    body = folder / way.method
    body.write_bytes(way.body)
    before, spent = published(upstream), server.cpu()
    command = ["h2load", f"-n{way.calls}", f"-c{way.callers}", "-m1", "-d", str(body)]
    for header in ("content-type: application/grpc", "te: trailers", f"authorization: {CREDENTIALS}"):
        command += ["-H", header]
    url = f"http://{server.addresses['gRPC']}/facade.v1.PublishService/{way.method}"
    subprocess.run([*command, url], check=True, stdout=subprocess.DEVNULL, timeout=120)
    spent = server.cpu() - spent
    had = published(upstream) - before
    if had != EVENTS:
        sys.exit(f"{way.method}: the upstream had {had} events instead of {EVENTS}")
    return spent / EVENTS * 1e6


def published(upstream: str) -> int:
    """How many records the upstream has had."""
    return int(httpx.get(f"{upstream}/count").text)


def warm(server: Server) -> None:
    """Logs in, so that what the upstream counts from now on are events."""
    with grpc.insecure_channel(server.addresses["gRPC"]) as channel:
        stub = publish_pb2_grpc.PublishServiceStub(channel)
        stub.PublishEvent(pb.PublishEventRequest(event=event(0)), metadata=(("authorization", CREDENTIALS),))


def measured(upstream: str, core: int) -> list[list[float]]:
    """What each way takes, round by round; the first round warms up, and is left out."""
    with started(FACADE, upstream, core) as server, tempfile.TemporaryDirectory() as folder:
        warm(server)
        return [[load(server, upstream, way, Path(folder)) for way in ways()] for _ in range(ROUNDS + 1)][1:]


def main() -> None:
    """Prints median, spread and ratio of each way."""
    if not shutil.which("h2load"):
        sys.exit("benchmarks.bulk needs h2load, which comes with nghttp2 (Debian: nghttp2-client)")
    server_core, load_core = cores()
    os.sched_setaffinity(0, {load_core})
    with process("benchmarks.upstream", "0", core=load_core) as upstream:
        rounds = measured(f"http://127.0.0.1:{lines(upstream)[0]}", server_core)
    print(f"CPU µs an event: median, lowest to highest of {ROUNDS} rounds, and the ratio to PublishEvent")
    for place, way in enumerate(ways()):
        figures = [each[place] for each in rounds]
        ratio = statistics.median(each[place] / each[0] for each in rounds)
        spread = f"{statistics.median(figures):.0f} ({min(figures):.0f} to {max(figures):.0f})"
        print(f"{way.method:14} {spread:20} {ratio:.2f}")


if __name__ == "__main__":
    main()
