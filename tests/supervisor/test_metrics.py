"""What several workers have counted, as any of them tells it, also after one was killed."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from facade import sandbox
from facade.supervisor.supervisor import Patience, Supervisor, supervised
from tests.graphql.socket import HEALTH, UP
from tests.metrics.reading import Readings
from tests.support import settings_for, until

pytestmark = pytest.mark.anyio

WORKERS = 2
LONG = 60.0  # seconds; generous: a busy machine is slow to start a process
QUERIES = 40


@asynccontextmanager
async def workers(url: str, **changes: bool) -> AsyncIterator[Supervisor]:
    """So many workers that serve."""
    stop, welcomed = asyncio.Event(), asyncio.Event()
    async with supervised(settings_for(url, **changes), WORKERS, Patience(silence=60)) as supervisor:
        running = asyncio.create_task(supervisor.run(stop, welcomed.set))
        await until(lambda: welcomed.is_set() or running.done(), LONG)
        yield supervisor
        stop.set()
        await running


async def page(url: str) -> httpx.Response:
    """What the worker that takes a new connection tells."""
    async with httpx.AsyncClient(base_url=url, timeout=LONG) as client:
        return await client.get("/metrics")


async def told(url: str) -> Readings:
    """The same, read; never the page that was made a moment before."""
    await asyncio.sleep(1.1)  # a page is told for a second
    return Readings(text_string_to_metric_families((await page(url)).text))


async def query(url: str) -> None:
    """Makes the queries, each on a connection of its own: whichever worker takes it."""
    for _ in range(QUERIES):
        async with httpx.AsyncClient(base_url=url, timeout=LONG) as client:
            assert (await client.post("/graphql", json=HEALTH)).json() == UP


def ready(caplog: pytest.LogCaptureFixture) -> list[int]:
    """The processes that have become ready."""
    return [each.__dict__["pid"] for each in caplog.records if each.getMessage() == "worker ready"]


def counted(found: Readings) -> float:
    """The queries, as they were counted."""
    return found.sum("facade_requests_total", face="graphql", operation="publishHealth", code="OK")


async def test_any_worker_tells_what_all_have_counted_and_nothing_is_lost_with_one(
    upstream: sandbox.Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "facade.supervisor")
    async with workers(upstream.url) as supervisor:
        await query(supervisor.http)
        assert {counted(await told(supervisor.http)) for _ in range(4)} == {QUERIES}
        found = await told(supervisor.http)
        assert found.sum("facade_workers") == WORKERS
        assert found.sum("facade_build_info") == 1
        assert found.some("facade_upstream_up", "upstream")["publish",] == 1

        killed, other = ready(caplog)
        os.kill(other, signal.SIGSTOP)  # it takes no connections, and does not beat; the next is the other's
        os.kill(killed, signal.SIGKILL)
        await until(lambda: len(ready(caplog)) == WORKERS + 1, LONG)
        assert counted(await told(supervisor.http)) == QUERIES, "told by one that has not counted any of them"
        os.kill(other, signal.SIGCONT)

        await query(supervisor.http)
        found = await told(supervisor.http)
        assert counted(found) == 2 * QUERIES
        assert found.sum("facade_workers") == WORKERS, "the gauges of a dead worker are gone"


async def test_where_they_are_switched_off_no_worker_has_a_page(upstream: sandbox.Running) -> None:
    async with workers(upstream.url, metrics=False) as supervisor:
        assert {(await page(supervisor.http)).status_code for _ in range(4)} == {404}
