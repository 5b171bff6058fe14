"""How a job takes its items: one by one, and no more than a window's worth whose results have not been taken."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import suppress
from typing import TypeVar

from facade.errors import FacadeError

T = TypeVar("T")


class Intake:
    """Takes items until there are no more, or it is cut.

    Args:
        window: the most items without a result that was taken.

    Attributes:
        ended: whether no more items come.
        because: what was given to `cut`, or None.

    """

    def __init__(self, window: int) -> None:
        self.ended = False
        self.because: FacadeError | None = None
        self._window = asyncio.Semaphore(window)
        self._task: asyncio.Task[None] | None = None
        self._interruptible = False

    def start(self, items: AsyncIterator[T], accept: Callable[[T], None], ended: Callable[[], None]) -> None:
        """Begins to call `accept` with each item, and at last `ended`."""
        self._task = asyncio.create_task(self._run(items, accept, ended))

    def release(self) -> None:
        """A result was taken: there is room for one item more."""
        self._window.release()

    def cut(self, because: FacadeError) -> None:
        """Takes no more items."""
        if self.because is None:
            self.because = because
            if self._interruptible and self._task is not None:
                self._task.cancel()

    async def finished(self) -> None:
        """Waits for the end, and raises what broke in the source."""
        if self._task is not None:
            await self._task

    async def close(self) -> None:
        """Stops, if it goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, items: AsyncIterator[T], accept: Callable[[T], None], ended: Callable[[], None]) -> None:
        try:
            with suppress(StopAsyncIteration):
                while self.because is None:
                    accept(await self._next(items))
        except asyncio.CancelledError:
            if self.because is None:
                raise
        finally:
            self.ended = True
            ended()

    async def _next(self, items: AsyncIterator[T]) -> T:
        self._interruptible = True
        try:
            await self._window.acquire()
            return await anext(items)
        finally:
            self._interruptible = False


async def each(items: Iterable[T]) -> AsyncGenerator[T, None]:
    """Items that are there already."""
    for item in items:
        yield item
