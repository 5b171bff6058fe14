"""A load that does not wait for its answers: so many requests a second, whatever becomes of them."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from benchmarks.operations import Operation
from benchmarks.waiting import One, Streams, Waiting

PEAK = 3.0  # seconds
DEADLINE = 2.0  # seconds of a call over gRPC; over HTTP its connection would be lost, and the client waits
AT_ONCE = (64, 256)  # calls in flight, of which the peak is where more are served
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
    deadline: float  # seconds of a call
    free: deque["Connection"] = field(default_factory=deque)  # that have room for one more
    ends: list[End] = field(default_factory=list)
    sent: int = 0
    missed: int = 0  # were due when no connection was free
    given_up: int = 0  # took longer than the deadline
    lost: int = 0  # connections
    ended: Callable[[], None] | None = None
    made: list["Connection"] = field(default_factory=list)

    def send(self, due: float) -> None:
        """Sends a request on the connection whose turn it is."""
        if not self.free:
            self.missed += 1
            return
        self.free.popleft().send(due)
        self.sent += 1

    def close(self) -> None:
        """Ends its connections."""
        for connection in self.made:
            connection.transport.abort()


class Connection(asyncio.Protocol):
    """One connection, all of one caller."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._wire: Waiting = Streams(load.deadline) if load.operation.face == "gRPC" else One(load.operation.wire())
        self._request = load.operation.requests[len(load.made) % len(load.operation.requests)]
        self._due: dict[int, float] = {}  # of those in flight, the oldest first
        self._looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Opens the protocol."""
        self.transport = cast("asyncio.Transport", transport)
        if self._wire.opening:
            self.transport.write(self._wire.opening)

    def send(self, due: float) -> None:
        """Sends a request that was due then."""
        number, request = self._wire.request(self._request)
        self._due[number] = due
        self.transport.write(request)
        if len(self._due) < self._wire.room:
            self._load.free.append(self)
        if self._looking is None and self._wire.deadline < math.inf:
            self._look_later(due)

    def data_received(self, data: bytes) -> None:
        """Takes answers."""
        back, ended = self._wire.received(data)
        if back:
            self.transport.write(back)
        now = time.monotonic()
        for number, good in ended:
            due = self._ended(number)
            if due is not None:
                self._load.ends.append(End(due, now - due, good))
                if self._load.ended:
                    self._load.ended()

    def _ended(self, number: int) -> float | None:
        """Makes room. When the request was due, or None if it was given up."""
        due = self._due.pop(number, None)
        if due is not None and len(self._due) == self._wire.room - 1:
            self._load.free.append(self)
        return due

    def _look_later(self, oldest: float) -> None:
        late = oldest + self._wire.deadline - time.monotonic()
        self._looking = asyncio.get_running_loop().call_later(late, self._look)

    def _look(self) -> None:
        """Gives up those whose time is over."""
        self._looking = None
        before = time.monotonic() - self._wire.deadline
        for number in [number for number, due in self._due.items() if due <= before]:
            self.transport.write(self._wire.give_up(number))
            self._load.given_up += 1
            self._ended(number)
        if self._due:
            self._look_later(next(iter(self._due.values())))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """An idle one is closed by the facade after a while. It is not replaced."""
        self._load.lost += 1
        if self in self._load.free:
            self._load.free.remove(self)
        if self._looking:
            self._looking.cancel()


async def opened(address: str, operation: Operation, count: int, *, deadline: float = DEADLINE) -> Load:
    """A load whose connections are open."""
    loop = asyncio.get_running_loop()
    load = Load(operation, deadline)
    host, _, port = address.rpartition(":")
    for _ in range(count):
        _, made = await loop.create_connection(lambda: Connection(load), host, int(port))
        load.free.append(made)
        load.made.append(made)
    return load


async def peak(load: Load, at_once: int) -> float:
    """Requests a second that are served while always as many are in flight."""
    before = len(load.ends)
    begun = time.monotonic()

    def again() -> None:
        if time.monotonic() < begun + PEAK:
            load.send(time.monotonic())

    load.ended = again
    for _ in range(at_once):
        load.send(time.monotonic())
    await asyncio.sleep(PEAK + 1)
    load.ended = None
    return sum(end.good and end.due + end.seconds < begun + PEAK for end in load.ends[before:]) / PEAK


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
