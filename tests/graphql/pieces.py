"""How much a request does in one piece: the calls of functions between two turns of the event loop.

Unlike time they are the same on every machine, however busy.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Mapping
from typing import Any

import httpx

from facade.admission import Door
from facade.assembly import connected, executing
from facade.bulk.connect import over
from facade.graphql.accept import EVENTS_TYPE
from facade.graphql.endpoint import Endpoint
from tests.support import basic, settings_for
from tests.transports import Answering

HEADERS = basic() | {"accept": f"{EVENTS_TYPE}, application/json", "content-type": "application/json"}
SCOPE = {
    "type": "http",
    "method": "POST",
    "headers": [(name.encode(), value.encode()) for name, value in HEADERS.items()],
}


class Account(Answering):
    """An account of users that nothing changes, which takes a turn of the loop to answer.

    Args:
        users: as the upstream tells them.

    """

    def __init__(self, users: list[Mapping[str, Any]]) -> None:
        super().__init__(self._answer)
        self._users = users

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return await super().handle_async_request(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            return httpx.Response(200)
        begin, end = (int(request.url.params[name]) for name in ("beginIndex", "endIndex"))
        return httpx.Response(
            200, json={"beginIndex": begin, "users": self._users[begin : end + 1], "totalUsers": len(self._users)}
        )


class Asked:
    """A request to a facade in front of an account.

    Attributes:
        body: what it answers, as far as it has.

    """

    def __init__(self, account: Account, request: Mapping[str, Any], *, gone: bool = False) -> None:
        settings, door = settings_for("http://upstream.invalid"), Door(1)
        upstreams = connected(settings, account)
        executor = executing(settings, upstreams, over(upstreams, door, places=2, item_time=60.0))
        content = json.dumps(request).encode()
        self._endpoint = Endpoint(executor, door, max_body=len(content))
        self._messages: list[Any] = [{"type": "http.request", "body": content}]
        if gone:
            self._messages.append({"type": "http.disconnect"})
        self.body = b""

    async def answered(self) -> None:
        """Returns when it has ended."""
        await self._endpoint(dict(SCOPE), self._receive, self._send)

    async def _receive(self) -> Any:
        return self._messages.pop(0) if self._messages else await asyncio.Event().wait()

    async def _send(self, message: Any) -> None:
        self.body += message.get("body", b"")


async def pieces(work: Awaitable[None]) -> list[int]:
    """How many functions `work` called in each turn of the loop."""
    counts, calls = [0], 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    async def tick() -> None:
        nonlocal calls
        while True:
            counts.append(calls)
            calls = 0
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        await work
    finally:
        sys.setprofile(before)
        ticking.cancel()
    return [*counts, calls]
