"""Stand-ins for the network at the adapter's seam, where a test must decide when and how an upstream answers."""

import asyncio
from collections.abc import Callable

import httpx


class Answering(httpx.AsyncBaseTransport):
    """Answers each call with what `answer` returns or raises, and keeps the requests."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request)


class Gated(Answering):
    """Holds each call until `opened` is set.

    Attributes:
        waiting: how many calls are being held.
        cancelled: how many were given up by the facade.

    """

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        super().__init__(answer)
        self.opened = asyncio.Event()
        self.waiting = 0
        self.cancelled = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.waiting += 1
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.waiting -= 1
        return await super().handle_async_request(request)


def running_api(_request: httpx.Request) -> httpx.Response:
    """The answer of a Publish API that is up; as the answer to a record, that it was published."""
    return httpx.Response(200, json={"message": "API is running"})
