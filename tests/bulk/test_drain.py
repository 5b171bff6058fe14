"""SIGTERM in the midst of bulk operations: what was sent is answered, and the process ends well."""

import asyncio
import signal
from collections.abc import Callable, Iterable

import grpc
import pytest

from facade import sandbox
from facade.v1 import publish_pb2 as pb
from facade.v1 import publish_pb2_grpc
from tests.bulk.processes import Served, facade_process
from tests.bulk.stream import EVENTS, Outcome, disagreements, items, now, seen
from tests.readme.processes import STOP
from tests.support import basic, until

pytestmark = pytest.mark.anyio

SLOW = {"path": "/publish/*", "delay": 0.05}


async def ended(facade: Served) -> int:
    """The exit status."""
    async with asyncio.timeout(STOP):
        return await facade.process.wait()


def streamed(address: str, records: Iterable[pb.PublishItem], after: Callable[[int], None]) -> Outcome:
    """Like `published`, with grpc's other client: grpc.aio loses the status that the server ends a stream with, where
    the client is about to write."""
    outcome = Outcome()
    with grpc.insecure_channel(address) as channel:
        requests = (pb.PublishStreamRequest(item=record) for record in records)
        call = publish_pb2_grpc.PublishServiceStub(channel).PublishStream(requests, metadata=tuple(basic().items()))
        try:
            for answer in call:
                outcome.add(answer.result)
                after(outcome.answers)
        except grpc.RpcError as error:
            outcome.ended = error.code()
    return outcome


async def test_a_stream_ends_with_the_results_of_all_that_was_sent(upstream: sandbox.Running) -> None:
    now(upstream, SLOW)
    async with facade_process(upstream.url) as facade:

        def leave(answers: int) -> None:
            if answers == 200:
                facade.signal(signal.SIGTERM)

        outcome = await asyncio.to_thread(streamed, facade.grpc, items(100_000), leave)
        assert await ended(facade) == 0
    assert outcome.ended is grpc.StatusCode.UNAVAILABLE
    assert outcome.codes() == {0: outcome.answers}
    log = seen(upstream)
    assert disagreements(outcome, log) == []
    assert log.got.keys() == outcome.results.keys()
    assert 200 <= outcome.answers < 1_000


async def test_a_batch_is_finished(upstream: sandbox.Running) -> None:
    now(upstream, SLOW)
    async with (
        facade_process(upstream.url, bulk_concurrency="8") as facade,
        grpc.aio.insecure_channel(facade.grpc) as channel,
    ):
        stub = publish_pb2_grpc.PublishServiceStub(channel)
        call = stub.PublishBatch(pb.PublishBatchRequest(items=items(200)), metadata=tuple(basic().items()))
        await until(lambda: len(upstream.state.log.entries(EVENTS)) > 20, timeout=30)
        facade.signal(signal.SIGTERM)
        answer = await call
        assert await ended(facade) == 0
    assert [result.status.code for result in answer.results] == [0] * 200
    assert seen(upstream).done.total() == 200
