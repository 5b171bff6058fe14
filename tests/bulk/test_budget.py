"""When the time is over half-way, each item says whether it was done, may have been done, or was not tried."""

import time

import grpc
import pytest

from facade import sandbox
from facade.bulk.budget import ending
from facade.caller import Caller
from facade.server import Running
from facade.v1 import publish_pb2 as pb
from facade.v1 import publish_pb2_grpc
from tests.bulk.stream import Outcome, disagreements, items, now, published, reason, seen
from tests.support import basic

pytestmark = pytest.mark.anyio

SLOW = {"path": "/publish/*", "delay": 0.1}
# Slow with an answer that never comes for one in ten: those are on their way when the time is over.
STUCK = {"path": "/publish/*", "match": '*"entityid":"*9"*', "delay": 60}
DROPPED = {"path": "/publish/*", "match": '*"entityid":"*4"*', "drop": "after"}


@pytest.mark.parametrize(("left", "kept"), [(1.0, 0.1), (4.0, 0.4), (100.0, 0.5)])
def test_a_moment_of_the_time_is_kept_for_the_answer(left: float, kept: float) -> None:
    caller = Caller(None, None, time.monotonic() + left, "a request")

    moment = caller.deadline - ending(caller)

    assert caller.remaining() / left * kept - 1e-6 <= moment <= kept + 1e-6  # of what is left when it is asked for


async def test_of_a_stream_an_item_without_a_result_was_not_sent(facade: Running, upstream: sandbox.Running) -> None:
    now(upstream, DROPPED, SLOW)
    count = 10_000
    outcome = await published(facade.grpc, items(count), timeout=5)
    assert outcome.ended is grpc.StatusCode.DEADLINE_EXCEEDED
    assert outcome.answers == len(outcome.results)
    log = seen(upstream)
    assert disagreements(outcome, log) == []
    assert log.got.keys() <= outcome.results.keys()
    assert 32 < outcome.answers < count
    kinds = {reason(result) for result in outcome.results.values()}
    assert {"", "OUTCOME_UNKNOWN"} <= kinds <= {"", "OUTCOME_UNKNOWN", "UPSTREAM_TIMEOUT", "NOT_ATTEMPTED"}


async def test_of_a_batch_every_item_says_what_became_of_it(facade: Running, upstream: sandbox.Running) -> None:
    now(upstream, STUCK, SLOW)
    async with grpc.aio.insecure_channel(facade.grpc) as channel:
        stub = publish_pb2_grpc.PublishServiceStub(channel)
        request = pb.PublishBatchRequest(items=items(1000))
        answer = await stub.PublishBatch(request, metadata=tuple(basic().items()), timeout=4)
    outcome = Outcome()
    for result in answer.results:
        outcome.add(result)
    assert list(outcome.results) == [str(number) for number in range(1000)]
    log = seen(upstream)
    assert disagreements(outcome, log) == []
    kinds = [reason(result) for result in answer.results]
    assert {"", "UPSTREAM_TIMEOUT", "NOT_ATTEMPTED"} == set(kinds)
    assert log.got.total() == 1000 - kinds.count("NOT_ATTEMPTED")
