"""Upstreams that are slow, or that send for ever: each caller's time is kept, and nobody else's is taken."""

import asyncio
import time
from pathlib import Path
from resource import getpagesize
from urllib.parse import urlsplit

import pytest

from tests.catalogue import canary
from tests.catalogue.stand import LATE, Stand, standing, told, unharmed
from tests.catalogue.troubles import OK, delayed, dripped, endless
from tests.faces.client import Failure
from tests.faces.stack import FACES
from tests.support import until

RAMP = (0.01, 0.02, 0.05, 0.1, 5.0, 7.5, 10.0)  # seconds of latency
ENOUGH = 1.5  # a deadline between the two halves of it, in seconds
READ = ("GetUser", {"mail": "api@example.com"})


async def ended(stand: Stand, name: str, timeout: float) -> tuple[str, float]:
    """How a read ends, and after how many seconds."""
    started = time.monotonic()
    try:
        await stand.call(name, *READ, timeout)
    except Failure as failure:
        return told(failure), time.monotonic() - started
    return "OK", time.monotonic() - started


@pytest.mark.case("C11")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("jitter", [0.0, 0.5], ids=["steady", "with jitter"])
async def test_a_callers_deadline_is_kept_whatever_the_latency(name: str, jitter: float) -> None:
    """Jitter is a part of the latency."""
    async with standing() as stand, unharmed(stand, len(RAMP)):
        calls = []
        for latency in RAMP:
            stand.proxy.meet(delayed(latency, latency * jitter), path="/bpm", times=1)
            calls.append(asyncio.create_task(ended(stand, name, ENOUGH)))
            await until(lambda: stand.proxy.met == len(calls))
        outcomes = await asyncio.gather(*calls)

        assert [told for told, _ in outcomes] == ["OK"] * 4 + [LATE] * 3
        assert max(seconds for _, seconds in outcomes) < ENOUGH + 4  # of a busy machine
        await until(lambda: stand.proxy.connections <= len(RAMP))


@pytest.mark.case("C20")
@pytest.mark.parametrize("name", FACES)
async def test_a_list_that_drips_is_read_if_there_is_time(name: str) -> None:
    """The row's megabyte at a kilobyte a second takes a quarter of an hour: here the same in small."""
    async with standing() as stand, unharmed(stand):
        stand.proxy.meet(dripped(1000, 0.01), path="/bpm")
        page = await stand.call(name, "ListUsers", {}, timeout=20)
        assert len(page["users" if name == "grpc" else "nodes"]) == 100

        stand.proxy.meet(dripped(1000, 0.2), path="/bpm")
        assert told(await stand.failure(name, "ListUsers", {}, timeout=0.5)) == LATE


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()


@pytest.mark.case("C13")
@pytest.mark.parametrize("name", FACES)
async def test_bodies_without_end_cost_no_memory_and_hinder_nobody(name: str) -> None:
    """Ten answers of up to 500 MB, of which each is cut at 1 MB."""
    async with standing() as stand, unharmed(stand, 10):
        before = resident()
        stand.proxy.meet(endless(OK + b"\r\n", bytes(65_536)), path="/bpm")
        huge = [asyncio.create_task(stand.failure(name, *READ, 30)) for _ in range(10)]
        for number in range(5):
            await stand.call(name, "PublishEvent", {"event": {"entity": f"small {number}"}})

        assert {failure.reason for failure in await asyncio.gather(*huge)} == {"UPSTREAM_MALFORMED_RESPONSE"}
        assert resident() - before < 100_000_000  # 5 GB were on offer
        assert len(stand.bodies("/publish/*", "small")) == 5


@pytest.mark.case("C11")
@pytest.mark.parametrize("name", FACES)
async def test_callers_who_go_away_while_an_answer_is_late_leave_nothing_behind(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with standing() as stand:
        canary.loud(caplog)
        async with unharmed(stand):
            stand.proxy.meet(delayed(60), path="/bpm")
            calls = [asyncio.create_task(stand.call(name, *READ)) for _ in range(20)]
            await until(lambda: stand.proxy.met == 20)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            await until(lambda: stand.facade.door.in_flight == 0)
            await until(lambda: stand.proxy.connections <= 1)

        assert not canary.leaked(canary.logged(caplog))


@pytest.mark.case("C19")
async def test_a_client_that_half_closes_after_its_request_gets_its_answer_or_a_clean_end() -> None:
    """Over HTTP it looks like a client that has gone, whose call is to be cancelled within a second (design, section
    6): the connection ends. In gRPC the end of a request is a flag of HTTP/2, which every call sets.
    """
    async with standing() as stand, unharmed(stand):
        stand.proxy.meet(delayed(0.3), path="/bpm", times=1)
        at = urlsplit(stand.facade.http)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        body = b'{"query":"{ user(mail: \\"api@example.com\\") { mail } }"}'
        authorization = canary.HEADERS["authorization"].encode()
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n"
            b"authorization: %b\r\ncontent-length: %d\r\n\r\n%b" % (authorization, len(body), body)
        )
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()

        assert answer == b"" or answer.endswith(b'{"data":{"user":{"mail":"api@example.com"}}}')
