"""A hundred thousand events through one stream: each answered and published once, in flat memory."""

import asyncio
from collections import Counter

import grpc
import httpx
import orjson
import pytest

from tests.bulk.processes import facade_process, sandbox_process
from tests.bulk.stream import EVENTS, Seen, counted, disagreements, items, published
from tests.support import set_faults

pytestmark = pytest.mark.anyio

COUNT = 100_000
EARLY = 1_000  # results after which the memory is first looked at
GROWTH = 20 * 1024**2  # bytes
PLACES = 32


async def logged(url: str) -> tuple[Seen, int]:
    """What the sandbox has had, and the most calls that it had at a time."""
    query = {"path": EVENTS, "fields": "body,status,carried_out"}
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        page = orjson.loads((await client.get("/sandbox/requests", params=query)).content)
    return counted(tuple(entry.values()) for entry in page["requests"]), page["most_in_flight"]


async def test_each_is_answered_and_published_once_in_flat_memory() -> None:
    memory: dict[int, int] = {}
    async with sandbox_process() as url:
        async with facade_process(url, bulk_concurrency=str(PLACES)) as facade:

            def look(answers: int) -> None:
                if answers in {EARLY, COUNT}:
                    memory[answers] = facade.memory

            outcome = await published(facade.grpc, items(COUNT), after=look)
        log, most = await logged(url)

    assert outcome.ended is grpc.StatusCode.OK
    assert outcome.answers == len(outcome.results) == COUNT
    assert outcome.codes() == {0: COUNT}
    assert log.done == log.got == Counter(map(str, range(COUNT)))
    assert most <= PLACES
    assert memory[COUNT] - memory[EARLY] <= GROWTH
    print(f"memory grew by {(memory[COUNT] - memory[EARLY]) / 1024**2:.1f} MiB")  # noqa: T201 - shown by pytest -rP


STRETCH = 40  # calls that are answered 503
AWAY = {"path": EVENTS, "status": 503, "headers": {"retry-after": "1"}, "times": STRETCH}
DROPPED = {"path": "/publish/*", "match": '*"entityid":"*77"*', "drop": "after"}  # one in a hundred


def one_in_ten_inactive(number: int) -> str:
    """The customer of an event."""
    return "C-300" if number % 10 == 3 else "C-100"


async def test_the_outcomes_are_what_the_log_says_whatever_goes_wrong() -> None:
    async with sandbox_process() as url:
        await set_faults(url, DROPPED)
        stretch = []

        def midway(answers: int) -> None:
            if answers == COUNT // 2:
                stretch.append(asyncio.create_task(set_faults(url, AWAY, DROPPED)))

        async with facade_process(url, bulk_concurrency=str(PLACES)) as facade:
            outcome = await published(facade.grpc, items(COUNT, one_in_ten_inactive), after=midway)
        await stretch[0]
        log, most = await logged(url)

    assert outcome.ended is grpc.StatusCode.OK
    assert outcome.answers == len(outcome.results) == COUNT
    assert disagreements(outcome, log) == []
    rejected, unknown = COUNT // 10, COUNT // 100
    failed_precondition, lost = grpc.StatusCode.FAILED_PRECONDITION.value[0], grpc.StatusCode.UNKNOWN.value[0]
    assert outcome.codes() == {0: COUNT - rejected - unknown, failed_precondition: rejected, lost: unknown}
    assert log.got.total() == COUNT + STRETCH, "nothing is sent again but what was not taken"
    assert most <= PLACES
