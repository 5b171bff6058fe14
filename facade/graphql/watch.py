"""Watches the client of an HTTP request while it is answered."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.types import Receive

from facade.graphql.guard import ClientGoneError

T = TypeVar("T")
MOMENT = 0.01  # seconds


async def until_gone(receive: Receive, work: Awaitable[T]) -> T:
    """The result of `work`, which is cancelled, with its upstream calls, when the client closes the connection.

    That is looked for after a moment: most requests are answered by then, and two tasks cost as much as the parsing.
    """
    task = asyncio.current_task()
    assert task is not None, "requests are served in tasks"  # noqa: S101 - for the type checker
    watching: asyncio.Task[None] | None = None
    gone = False

    async def watch() -> None:
        nonlocal gone
        await disconnected(receive)
        gone = True
        task.cancel()

    def begin() -> None:
        nonlocal watching
        watching = asyncio.create_task(watch())

    later = asyncio.get_running_loop().call_later(MOMENT, begin)
    try:
        return await work
    except asyncio.CancelledError:
        if gone and task.uncancel() == 0:
            raise ClientGoneError from None
        raise
    finally:
        later.cancel()
        if watching is not None:
            watching.cancel()


async def disconnected(receive: Receive) -> None:
    """Returns when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
