"""A stream whose client does not take its messages: it ends, and what it has done meanwhile is not denied."""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest

from facade.errors import Code, FacadeError, Outcome, Reason
from facade.rpc.errors import trailers
from facade.rpc.sending import LATE, send
from facade.v1 import publish_pb2 as pb

pytestmark = pytest.mark.anyio


class Full:
    """A context that has no room."""

    async def write(self, _message: bytes) -> None:
        await asyncio.Event().wait()


async def results() -> AsyncGenerator[Any, None]:
    """That of an item which has been published."""
    yield pb.PublishStreamResponse()


async def test_results_that_were_not_taken_are_of_things_that_may_be_done() -> None:
    with pytest.raises(FacadeError) as caught:
        await send(results(), cast("Any", Full()), time.monotonic() - LATE)

    error = caught.value
    assert (error.code, error.reason) == (Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT)
    assert (error.outcome, error.retryable) == (Outcome.UNKNOWN, False)
    assert ("grpc-retry-pushback-ms", "-1") in trailers(error, "r-1")
