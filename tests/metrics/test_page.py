"""`/metrics` as Prometheus asks for it."""

import asyncio
import logging
import time
from collections.abc import Sequence

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from facade.access.operations import FIELDS, OPERATIONS
from facade.metrics import metrics as module
from facade.metrics.labels import BOUNDS
from facade.metrics.metrics import Metrics
from facade.server import Running, running
from facade.tally import Tally
from tests.faces.stack import client
from tests.metrics.reading import Readings, read
from tests.support import basic, settings_for, until

pytestmark = pytest.mark.anyio

MOVING = ("facade_event_loop_lag_seconds", "process_")  # what changes from one look to the next


async def get(facade: Running) -> httpx.Response:
    """The page."""
    async with httpx.AsyncClient(base_url=facade.http) as http:
        return await http.get("/metrics")


def made(tally: Tally | None = None) -> Metrics:
    """Metrics that nobody tells anything."""
    upstreams = ("token", "publish", "integration", "bpm")
    return Metrics(sorted(OPERATIONS), FIELDS, upstreams, ("1.0", "3.11", "1.85"), tally or Tally())


async def test_it_says_what_was_counted(facade: Running) -> None:
    async with client("grpc", facade) as face:
        await face.call("PublishEvent", {"event": {"entity": "web-1"}})
    answer = await get(facade)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    told, counted = Readings(text_string_to_metric_families(answer.text)), read(facade)
    assert told.values.keys() == counted.values.keys()
    still = {each for each in told.values if not each[0].startswith(MOVING)}
    assert {each: told.values[each] for each in still} == {each: counted.values[each] for each in still}
    assert {family.documentation for family in told.families if not family.documentation} == set()


async def test_what_runs_is_told(facade: Running) -> None:
    found = read(facade)
    [(version, python, grpcio)] = found.some("facade_build_info", "version", "python", "grpcio")
    assert (version, python.split(".")[0], grpcio.split(".")[0]) == ("0.1.0", "3", "1")
    assert found.sum("facade_workers") == 1
    assert found.sum("process_resident_memory_bytes") > 1e6
    assert found.sum("process_open_fds") > 3


async def test_where_it_is_switched_off_there_is_no_page_and_nothing_is_counted() -> None:
    async with running(settings_for("http://upstream.invalid", metrics=False)) as facade:
        assert (await get(facade)).status_code == 404
        assert facade.metrics is None


async def test_in_production_it_is_there(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "facade.request")
    async with running(settings_for("http://upstream.invalid", mode="production")) as facade:
        assert (await get(facade)).status_code == 200
        async with httpx.AsyncClient(base_url=facade.http) as http:
            assert (await http.post("/metrics")).status_code == 405
        assert read(facade).some("facade_requests_total") == {}, "who reads it is no caller"
    assert caplog.records == []


async def test_a_request_is_still_logged(facade: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "facade.request")
    async with httpx.AsyncClient(base_url=facade.http, headers={**basic(), "x-request-id": "id-1"}) as http:
        await http.post("/graphql", json={"query": "{ users { totalCount } }"})
    [record] = caplog.records
    said = record.__dict__
    assert (said["method"], said["code"], said["request_id"], said["upstream"]) == ("query users", "OK", "id-1", "bpm")


async def test_however_many_ask_at_once_it_is_made_once() -> None:
    class Counted(Tally):
        reads = 0

        def read(self) -> Sequence[tuple[bytes, bool]]:
            self.reads += 1
            return super().read()

    tally = Counted()
    metrics = made(tally)
    pages = await asyncio.gather(*(metrics.page() for _ in range(100)))
    assert (len(set(pages)), tally.reads) == (1, 1)


async def test_a_page_is_made_anew_when_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 0.0)
    metrics = made()
    before = await metrics.page()
    metrics.meters.login("ok")
    assert b'facade_logins_total{outcome="ok"} 0.0\n' in before
    assert b'facade_logins_total{outcome="ok"} 1.0\n' in await metrics.page()


async def test_others_are_served_while_it_is_made() -> None:
    metrics = made()
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await metrics.page()
    task.cancel()
    assert turns >= len(list(metrics.families())) - 1, "after each metric the loop has its turn"


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_duration_is_in_all_buckets_that_it_is_not_above(bound: float) -> None:
    metrics = made()
    metrics.meters.upstream("bpm").ended("GetUser", bound, None)
    metrics.meters.upstream("bpm").ended("GetUser", bound * 1.001, None)
    found = Readings(metrics.families())
    name = "facade_upstream_call_duration_seconds"
    buckets = {float(key[0]): value for key, value in found.some(f"{name}_bucket", "le").items()}
    assert min(buckets) == bound
    assert buckets[bound] == 1
    assert {value for le, value in buckets.items() if le > bound} == {2}
    assert found.sum(f"{name}_count") == 2
    assert found.sum(f"{name}_sum") == pytest.approx(2.001 * bound)


def test_a_request_takes_from_its_start_to_its_end() -> None:
    metrics = made()
    metrics.meters.finished("grpc")("x", "id", time.perf_counter() - 70.0, operation="TicketService/UpdateTicket")
    found = Readings(metrics.families())
    assert 70 <= found.sum("facade_request_duration_seconds_sum", operation="TicketService/UpdateTicket") < 600
    assert found.sum("facade_request_duration_seconds_bucket", le="60.0") == 0
    assert found.sum("facade_request_duration_seconds_bucket", le="600.0") == 1


async def test_a_loop_that_is_late_is_seen(facade: Running) -> None:
    await asyncio.sleep(0)
    late = 0.5
    time.sleep(late)  # noqa: ASYNC251 - what is tested
    await until(lambda: read(facade).sum("facade_event_loop_lag_seconds") >= late / 3, timeout=20)


async def test_what_the_process_spends_is_counted_up(facade: Running) -> None:
    before = read(facade).sum("process_cpu_seconds_total")
    ended = time.process_time() + 0.05
    while time.process_time() < ended:
        pass
    assert read(facade).sum("process_cpu_seconds_total") >= before + 0.05
