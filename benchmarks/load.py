"""The load: requests over connections that each have one in flight, as fast as answers come or at a fixed rate."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

CONNECTIONS = 32
PATIENCE = 120.0  # seconds for one measurement; it would have ended long before


class Wire(Protocol):
    """One protocol's bytes on one connection."""

    opening: bytes

    def request(self, prepared: Any) -> bytes:
        """What sends a prepared request."""

    def received(self, data: bytes) -> tuple[bytes, bytes | None]:
        """What to send back, and a complete answer's body, or None."""


@dataclass
class Run:
    """One measurement.

    Attributes:
        wire: makes a connection's protocol.
        requests: prepared requests, sent in turn.
        right: whether an answer's body is the one that was expected.
        count: how many are sent.
        rate: requests a second, or 0 for as many as are answered.
        latencies: seconds from when a request was to be sent to its answer, in the order of answers.

    """

    wire: Callable[[], Wire]
    requests: Sequence[Any]
    right: Callable[[bytes], bool]
    count: int
    rate: float = 0.0
    latencies: list[float] = field(default_factory=list)
    sent: int = 0
    begun: float = 0.0
    seconds: float = 0.0
    failure: Exception | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def next(self) -> tuple[Any, float] | None:
        """The next request and when it is to be sent, or None if all have been."""
        if self.sent == self.count:
            return None
        number = self.sent
        self.sent += 1
        at = self.begun + number / self.rate if self.rate else 0.0
        return self.requests[number % len(self.requests)], at

    def answered(self, latency: float, body: bytes) -> None:
        """Notes an answer."""
        if not self.right(body):
            self.fail(ValueError(f"a wrong answer: {body[:200]!r}"))
        self.latencies.append(latency)
        if len(self.latencies) == self.count:
            self.done.set()

    def fail(self, error: Exception) -> None:
        """Ends the measurement."""
        self.failure = self.failure or error
        self.done.set()


class Connection(asyncio.Protocol):
    """Sends a request, waits for its answer, and begins anew."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._wire = run.wire()
        self._loop = asyncio.get_running_loop()
        self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Opens the protocol."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport
        if self._wire.opening:
            transport.write(self._wire.opening)

    def begin(self) -> None:
        """Sends the next request, now or when it is due."""
        found = self._run.next()
        if found is None:
            return
        prepared, due = found
        if due > self._loop.time():
            self._loop.call_at(due, self._send, prepared, due)
        else:
            self._send(prepared, due)

    def _send(self, prepared: Any, due: float) -> None:
        self._since = due or self._loop.time()
        self._transport.write(self._wire.request(prepared))

    def data_received(self, data: bytes) -> None:
        """Takes the answer."""
        try:
            back, body = self._wire.received(data)
        except ConnectionError as error:
            self._run.fail(error)
            return
        if back:
            self._transport.write(back)
        if body is not None:
            self._run.answered(self._loop.time() - self._since, body)
            self.begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """An end before all answers have come is an error."""
        if not self._run.done.is_set():
            self._run.fail(exc or ConnectionError("the server has closed the connection"))


async def measured(address: str, run: Run, connections: int = CONNECTIONS) -> Run:
    """Makes all requests of `run` at host:port. Raises what went wrong, and ValueError for a wrong answer."""
    loop = asyncio.get_running_loop()
    host, _, port = address.rpartition(":")
    made = [await loop.create_connection(lambda: Connection(run), host, int(port)) for _ in range(connections)]
    try:
        run.begun = loop.time()
        for _, connection in made:
            connection.begin()
        async with asyncio.timeout(PATIENCE):
            await run.done.wait()
        run.seconds = loop.time() - run.begun
    finally:
        run.done.set()
        for transport, _ in made:
            transport.abort()
    if run.failure:
        raise run.failure
    return run
