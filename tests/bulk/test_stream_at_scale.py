"""A hundred thousand events through one stream: each answered and published once, in flat memory."""

from collections import Counter

import grpc
import pytest

from facade import sandbox
from tests.bulk.processes import facade_process
from tests.bulk.stream import disagreements, items, now, published, seen

pytestmark = pytest.mark.anyio

COUNT = 100_000
EARLY = 1_000  # results after which the memory is first looked at
GROWTH = 20 * 1024**2  # bytes
PLACES = 32


async def test_each_is_answered_and_published_once_in_flat_memory(upstream: sandbox.Running) -> None:
    memory: dict[int, int] = {}
    async with facade_process(upstream.url, bulk_concurrency=str(PLACES)) as facade:

        def look(answers: int) -> None:
            if answers in {EARLY, COUNT}:
                memory[answers] = facade.memory

        outcome = await published(facade.grpc, items(COUNT), after=look)

    assert outcome.ended is grpc.StatusCode.OK
    assert outcome.answers == len(outcome.results) == COUNT
    assert outcome.codes() == {0: COUNT}
    log = seen(upstream)
    assert log.done == log.got == Counter(map(str, range(COUNT)))
    assert upstream.state.log.most_in_flight <= PLACES
    assert memory[COUNT] - memory[EARLY] <= GROWTH
    print(f"memory grew by {(memory[COUNT] - memory[EARLY]) / 1024**2:.1f} MiB")  # noqa: T201 - shown by pytest -rP


STRETCH = 40  # calls that are answered 503
AWAY = {"path": "/publish/*", "status": 503, "headers": {"retry-after": "1"}, "times": STRETCH}
DROPPED = {"path": "/publish/*", "match": '*"entityid":"*77"*', "drop": "after"}  # one in a hundred


def one_in_ten_inactive(number: int) -> str:
    """The customer of an event."""
    return "C-300" if number % 10 == 3 else "C-100"


async def test_the_outcomes_are_what_the_log_says_whatever_goes_wrong(upstream: sandbox.Running) -> None:
    now(upstream, DROPPED)

    def midway(answers: int) -> None:
        if answers == COUNT // 2:
            now(upstream, AWAY, DROPPED)

    async with facade_process(upstream.url, bulk_concurrency=str(PLACES)) as facade:
        outcome = await published(facade.grpc, items(COUNT, one_in_ten_inactive), after=midway)

    assert outcome.ended is grpc.StatusCode.OK
    assert outcome.answers == len(outcome.results) == COUNT
    log = seen(upstream)
    assert disagreements(outcome, log) == []
    rejected, unknown = COUNT // 10, COUNT // 100
    failed_precondition, lost = grpc.StatusCode.FAILED_PRECONDITION.value[0], grpc.StatusCode.UNKNOWN.value[0]
    assert outcome.codes() == {0: COUNT - rejected - unknown, failed_precondition: rejected, lost: unknown}
    assert log.got.total() == COUNT + STRETCH, "nothing is sent again but what was not taken"
    assert upstream.state.log.most_in_flight <= PLACES
