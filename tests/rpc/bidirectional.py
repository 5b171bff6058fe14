"""A bidirectional call as a client makes it: written to and read from as the test pleases."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc

from tests.support import basic


@asynccontextmanager
async def conversation(
    address: str, stub: Callable[[Any], Any], method: str, timeout: float | None = None, **headers: str
) -> AsyncIterator[Any]:
    """A call of the sandbox's API user, cancelled at the end if it goes on."""
    async with grpc.aio.insecure_channel(address) as channel:
        metadata = tuple((basic() | headers).items())
        call = getattr(stub(channel), method)(metadata=metadata, timeout=timeout)
        try:
            yield call
        finally:
            call.cancel()
