"""How long a WebSocket connection may stay that its client does not end."""

import asyncio
from contextlib import suppress

from facade.admission import Door
from facade.graphql.messages import GOING_AWAY, IDLE, End


class Stay:
    """The stay of one connection: until the facade shuts down, or no operation has run for a while.

    What a client says beside operations, a ping above all, does not lengthen it. Messages and operations have no timer:
    one a connection looks when the time may be over, and where an operation ran meanwhile, again later.

    Args:
        door: closes when the facade shuts down.
        idle: seconds for which a connection without operations is kept.

    Attributes:
        operations: those that run.
        over: whether it was idle for too long: no operation may begin any more, since its client is told to go.

    """

    def __init__(self, door: Door, idle: float) -> None:
        self._door = door
        self._idle = idle
        self._since: float | None = None  # the last time it was renewed
        self._leaving = asyncio.Event()
        self.operations: set[asyncio.Task[None]] = set()
        self.over = False

    def renew(self) -> None:
        """The connection is ready for operations, or one has ended: its idle time begins anew."""
        self._since = asyncio.get_running_loop().time()

    def add(self, operation: "asyncio.Task[None]") -> None:
        """Keeps the connection for as long as the operation runs, and its idle time beyond it."""
        self.operations.add(operation)
        operation.add_done_callback(self._done)

    def _done(self, operation: "asyncio.Task[None]") -> None:
        self.operations.discard(operation)
        self.renew()

    async def ended(self) -> End:
        """Returns when it ends: how the connection is to be closed. Operations that run are waited for."""
        with self._door.watched(self._leaving.set):
            if self._door.closing:
                self._leaving.set()
            while not self._leaving.is_set():
                if (left := self._left()) <= 0:
                    self.over = True
                    return IDLE
                with suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await self._leaving.wait()
        while self.operations:
            await asyncio.wait(self.operations)
        return GOING_AWAY

    def _left(self) -> float:
        """Seconds until it can be idle for too long."""
        if self._since is None or self.operations:
            return self._idle
        return self._since + self._idle - asyncio.get_running_loop().time()
