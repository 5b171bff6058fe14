"""The supervisor: keeps so many workers running, replaces those that end or hang, and drains all in the end."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from facade.certificates import certificates
from facade.config import Settings
from facade.ports import bound, reserved, resolved, shown
from facade.supervisor.order import Order, shared_out
from facade.supervisor.process import Worker, done, start
from facade.tally import Presence

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.25  # seconds before a replacement where two in a row did not last; with each more twice as long
LONGEST_PAUSE = 5.0


class StartError(Exception):
    """The facade cannot start. The text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the supervisor waits for a worker.

    Attributes:
        beat: seconds between two signs of life of a worker that serves.
        silence: how many of them may fail to come; with one more it hangs.
        start: seconds until it serves; many, as all start at once.
        end: seconds that it may take beyond its drain time to end.
        settled: seconds after which a worker has lasted.

    """

    beat: float = 1.0
    silence: int = 10
    start: float = 120.0
    end: float = 5.0
    settled: float = 10.0


class Supervisor:
    """Keeps a worker running for each of the orders. To be made in a running event loop.

    Args:
        grpc: host and port of gRPC.
        http: scheme, host and port of HTTP.
        orders: one for each worker.
        drain: seconds that a worker may take to drain.
        patience: how long it waits for a worker.
        ended: is told the number of each worker that has ended.

    """

    def __init__(
        self,
        grpc: str,
        http: str,
        orders: list[Order],
        drain: float,
        patience: Patience,
        *,
        ended: Callable[[int], None],
    ) -> None:
        self.grpc = grpc
        self.http = http
        self._ended = ended
        self._drain = drain
        self._patience = patience
        loop = asyncio.get_running_loop()
        self._started: asyncio.Future[None] = loop.create_future()
        self._ending: asyncio.Future[None] = loop.create_future()
        self._absent = {order.number for order in orders}  # who has never been ready
        self._serving: dict[int, Worker] = {}
        self._keeping = [asyncio.create_task(self._keep(order)) for order in orders]

    async def run(self, stop: asyncio.Event, welcome: Callable[[], None]) -> None:
        """Returns when `stop` is set. Calls `welcome` when all workers are ready.

        StartError if one of the first workers ends before it is ready: with one process, too, a facade that cannot
        start ends.
        """
        stopping: asyncio.Future[Any] = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((stopping, self._started, *self._keeping), return_when=asyncio.FIRST_COMPLETED)
            if self._started.done():
                self._started.result()
                welcome()
            ended, _ = await asyncio.wait((stopping, *self._keeping), return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()  # raises if one does not keep its worker any more, which is a defect
        finally:
            stopping.cancel()

    def renew(self) -> None:
        """Has the workers read their files again. One that is not ready yet has read them just now."""
        for worker in self._serving.values():
            worker.signal(signal.SIGHUP)

    async def drain(self) -> None:
        """Ends all workers. Those that take longer than they may are killed."""
        self._ending.set_result(None)
        await asyncio.wait(self._keeping)
        for task in self._keeping:
            task.result()

    async def _keep(self, order: Order) -> None:
        """Keeps one worker running, whichever process it is, until the facade is to end."""
        short = 0  # workers in a row that did not last
        while not self._ending.done():
            lasted, end = await self._attend(order)
            if self._ending.done():
                return
            short = 0 if lasted else short + 1
            pause = min(FIRST_PAUSE * 2 ** (short - 2), LONGEST_PAUSE) if short > 1 else 0.0
            log.warning("worker ended", extra={"worker": order.number, "end": end, "replaced_after": pause})
            if order.number in self._absent and not self._started.done():
                self._started.set_exception(StartError(f"a worker ended before it was ready: {end}"))
            await done(self._ending, within=pause)

    async def _attend(self, order: Order) -> tuple[bool, str]:
        """Starts a worker, and stays with it to its end. Whether it has lasted, and how it ended."""
        try:
            worker = await start(order)
        except OSError as error:
            return False, f"not started: {error.strerror}"
        told = {"worker": order.number, "pid": worker.pid}
        log.info("worker started", extra=told)
        if wrong := await self._wrong(worker, order.number):
            log.error("worker killed", extra=told | {"why": wrong})
            worker.signal(signal.SIGKILL)
        await worker.ended
        self._ended(order.number)
        self._serving.pop(order.number, None)
        now = asyncio.get_running_loop().time()
        return worker.ready.done() and now - worker.ready.result() >= self._patience.settled, worker.end

    async def _wrong(self, worker: Worker, number: int) -> str | None:
        """Waits for the end of a worker. None when it has come, or why it does not come."""
        if not await done(worker.ready, worker.ended, self._ending, within=self._patience.start):
            return "not ready in time"
        if worker.ready.done():
            log.info("worker ready", extra={"worker": number, "pid": worker.pid})
            self._present(number, worker)
            if await worker.hangs(self._patience.beat, self._patience.silence, self._ending):
                return "hangs"
        if self._ending.done():
            worker.signal(signal.SIGTERM)
            if not await done(worker.ended, within=self._drain + self._patience.end):
                return "not drained in time"
        return None

    def _present(self, number: int, worker: Worker) -> None:
        """Notes that a worker is ready."""
        self._serving[number] = worker
        self._absent.discard(number)
        if not self._absent and not self._started.done():
            self._started.set_result(None)


@asynccontextmanager
async def supervised(settings: Settings, workers: int, patience: Patience = Patience()) -> AsyncIterator[Supervisor]:
    """So many workers, which are drained when the block ends. ConfigError as from `facade.server.running`.

    HTTP: the supervisor listens, and the workers accept from its one queue. Were each to listen by itself, with
    SO_REUSEPORT, the system would give each connection to one of them for good: those that wait while a worker dies
    would be lost with it, and those that come while it hangs would wait until it is killed. From the one queue the
    others take them. gRPC cannot be given a socket, so its port is shared with SO_REUSEPORT in spite of this, and a
    gRPC client connects again.
    """
    each = shared_out(settings, workers)
    certificates(settings)  # told here, in one line, and not by each worker
    http_port = bound("FACADE_HTTP_ADDRESS", settings.http_address)
    with (
        http_port as http,
        reserved("FACADE_GRPC_ADDRESS", settings.grpc_address) as holder,
        Presence() if settings.metrics else nullcontext() as presence,
    ):
        grpc = resolved(settings.grpc_address, holder)
        tally, ended = (presence.file, presence.ended) if presence else (None, lambda _: None)
        orders = [
            Order(number, http.fileno(), patience.beat, one.model_dump() | {"grpc_address": grpc}, workers, tally)
            for number, one in enumerate(each, 1)
        ]
        drain = settings.drain_delay + settings.drain_timeout
        address = f"{settings.scheme}://{shown(http)}"
        supervisor = Supervisor(grpc, address, orders, drain, patience, ended=ended)
        try:
            yield supervisor
        finally:
            http.close()  # what comes when the last worker has stopped listening is refused, and does not wait
            await supervisor.drain()
