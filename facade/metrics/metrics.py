"""The metrics of one server: what is told is counted, and all that was counted, by all its processes, can be read."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from facade.metrics.catalogue import catalogue
from facade.metrics.families import Gauges, Read
from facade.metrics.recorder import Recorder
from facade.metrics.sampler import Sampler, Seen
from facade.tally import Tally

CONTENT_TYPE = CONTENT_TYPE_LATEST
KEPT = 1.0  # seconds for which a page is not made anew: whoever asks more often costs no more


class Metrics:
    """The metrics of one server.

    Args:
        grpc: the operations of the gRPC face.
        graphql: those of the GraphQL face.
        upstreams: the names of those that are configured.
        build: the versions of the facade, of Python and of grpcio.
        tally: where this process counts.

    Attributes:
        meters: what the parts of the server tell.

    """

    def __init__(
        self,
        grpc: Iterable[str],
        graphql: Iterable[str],
        upstreams: Iterable[str],
        build: tuple[str, str, str],
        tally: Tally,
    ) -> None:
        self._catalogue, count = catalogue(grpc, graphql, upstreams, build)
        self._tally = tally
        self._cells = tally.cells(count)
        for family in self._catalogue.families:
            if isinstance(family, Gauges):  # what a process that was here before has left is not so any more
                for place in range(family.start, family.start + family.size):
                    self._cells[place] = 0
        self._sampler: Sampler | None = None
        self._page = b""
        self._made = float("-inf")
        self._making = asyncio.Lock()
        self.meters = Recorder(self._catalogue, self._cells)

    @asynccontextmanager
    async def watching(self, seen: Seen) -> AsyncIterator[None]:
        """Looks, until the block ends, at what nobody tells."""
        self._sampler = Sampler(self._catalogue, self._cells, seen)
        self._sampler.sample()
        self._tally.runs()
        task = asyncio.create_task(self._sampler.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def families(self) -> Iterator[Metric]:
        """What all processes of the server have counted up to now, metric by metric."""
        if self._sampler is not None:
            self._sampler.sample()
        read = Read(self._tally.read())
        for family in self._catalogue.families:
            yield family.read(read)

    async def page(self) -> bytes:
        """All of it in Prometheus' text format (CONTENT_TYPE), at most a second old.

        It is made metric by metric, and requests go on in between.
        """
        async with self._making:
            if time.monotonic() - self._made >= KEPT:
                parts = []
                for family in self.families():
                    parts.append(generate_latest(Only(family)))
                    await asyncio.sleep(0)
                self._page, self._made = b"".join(parts), time.monotonic()
        return self._page


class Only(Collector):
    """A registry of one family."""

    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> Iterable[Metric]:
        """The family."""
        return [self._family]
