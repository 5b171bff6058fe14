"""Long lists in slices, between which others have their turn: nothing may hold the event loop."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import TypeVar

T = TypeVar("T")

SLICE = 1000  # items: what is done with one takes some microseconds


async def slices(items: Sequence[T]) -> AsyncGenerator[Sequence[T], None]:
    """The items in their order, SLICE at most at a time; the event loop has a turn before each slice but the first."""
    for begin in range(0, len(items), SLICE):
        if begin:
            await asyncio.sleep(0)
        yield items[begin : begin + SLICE]
