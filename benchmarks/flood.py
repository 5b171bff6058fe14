"""A load that does not wait for its answers: so many requests a second, whatever becomes of them."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from benchmarks import http2
from benchmarks.load import Wire
from benchmarks.operations import Operation

PEAK = 3.0  # seconds
DEADLINE = 2.0  # seconds of a call over gRPC
AT_ONCE = 64  # calls in flight at the peak
TURN = 0.002  # seconds from one look at what is due to the next


@dataclass(slots=True)
class End:
    """How a request ended.

    Attributes:
        due: when it was to be sent.
        seconds: until its answer.
        good: whether it was served.

    """

    due: float
    seconds: float
    good: bool


@dataclass
class Load:
    """All connections, and what came of their requests."""

    operation: Operation
    idle: deque["Connection"] = field(default_factory=deque)
    ends: list[End] = field(default_factory=list)
    sent: int = 0
    missed: int = 0  # were due when no connection was free
    given_up: int = 0  # calls that took longer than DEADLINE
    lost: int = 0  # connections
    ended: Callable[["Connection"], None] | None = None
    made: list["Connection"] = field(default_factory=list)

    def send(self, due: float) -> None:
        """Sends a request, if there is a connection for it."""
        if not self.idle:
            self.missed += 1
            return
        self.idle.popleft().send(due)
        self.sent += 1

    def close(self) -> None:
        """Ends its connections."""
        for connection in self.idle:
            connection.transport.abort()


class Connection(asyncio.Protocol):
    """One connection, one request at a time, all of one caller."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._wire: Wire = load.operation.wire()
        self._request = load.operation.requests[len(load.made) % len(load.operation.requests)]
        self._due = 0.0
        self._waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Opens the protocol."""
        self.transport = cast("asyncio.Transport", transport)
        if self._wire.opening:
            self.transport.write(self._wire.opening)

    def send(self, due: float) -> None:
        """Sends a request that was due then."""
        self._due = due
        self._waiting = asyncio.get_running_loop().call_later(DEADLINE, self._give_up)
        self.transport.write(self._wire.request(self._request))

    def data_received(self, data: bytes) -> None:
        """Takes an answer; one without a body is a refusal, as is a call that is reset."""
        back, body = self._wire.received(data)
        if back:
            self.transport.write(back)
        if body is not None and self._waiting is not None:
            self._load.ends.append(End(self._due, time.monotonic() - self._due, bool(body)))
            self._free()

    def _give_up(self) -> None:
        """Ends a call whose time is over; over HTTP/1.1 the client waits, since the connection would be lost."""
        if isinstance(self._wire, http2.Http2):
            self.transport.write(self._wire.give_up())
            self._load.given_up += 1
            self._free()

    def _free(self) -> None:
        """May send the next."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        self._load.idle.append(self)
        if self._load.ended:
            self._load.ended(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """An idle one is closed by the facade after a while. It is not replaced."""
        self._load.lost += 1
        if self in self._load.idle:
            self._load.idle.remove(self)


async def opened(address: str, operation: Operation, count: int) -> Load:
    """A load whose connections are open."""
    loop = asyncio.get_running_loop()
    load = Load(operation)
    host, _, port = address.rpartition(":")
    for _ in range(count):
        _, made = await loop.create_connection(lambda: Connection(load), host, int(port))
        load.idle.append(made)
        load.made.append(made)
    return load


async def peak(address: str, operation: Operation) -> float:
    """Requests a second that are served while always as many are in flight."""
    load = await opened(address, operation, AT_ONCE)
    begun = time.monotonic()

    def again(connection: Connection) -> None:  # as soon as it is free
        load.idle.remove(connection)
        load.idle.appendleft(connection)
        if time.monotonic() < begun + PEAK:
            load.send(time.monotonic())

    load.ended = again
    for _ in range(AT_ONCE):
        load.send(time.monotonic())
    await asyncio.sleep(PEAK + 1)
    load.close()
    return sum(end.good and end.due + end.seconds < begun + PEAK for end in load.ends) / PEAK


async def offered(load: Load, rate: float, seconds: float) -> list[End]:
    """What comes of requests that are sent at a rate, whatever becomes of them."""
    begun = time.monotonic()
    number = 0
    while (now := time.monotonic()) < begun + seconds:
        while (due := begun + number / rate) <= now:
            load.send(due)
            number += 1
        await asyncio.sleep(TURN)
    return load.ends


@asynccontextmanager
async def awake() -> AsyncIterator[None]:
    """Has the load never sleep: whoever answers it would pay for waking it, which no server does for its clients.

    On a virtual machine that is half of what a refusal costs.
    """

    async def turning() -> None:
        while True:  # noqa: ASYNC110 - an Event would sleep
            await asyncio.sleep(0)

    task = asyncio.create_task(turning())
    yield
    task.cancel()
