"""Finds out when an upstream that is down is back, although nobody calls it; and at the start, whether it is there.

Only while its breaker is open is an upstream asked anything by the facade itself: what `facade check` asks, without
credentials. At the start a connection is opened, and closed.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from facade.caller import Caller
from facade.errors import masked
from facade.upstreams.rest import Rest

BETWEEN = 0.2  # seconds between two looks at the start
MORE = 1.1  # times its patience that a question gets: one that is not answered then says that the upstream is down


@dataclass(frozen=True, slots=True)
class Probed:
    """An upstream, and how it is asked.

    Attributes:
        rest: the upstream.
        probe: asks; FacadeError for any answer but a success.
        patience: seconds that an answer may take.

    """

    rest: Rest
    probe: Callable[[Caller], Awaitable[None]]
    patience: float


@asynccontextmanager
async def probing(all_probed: Sequence[Probed]) -> AsyncIterator[None]:
    """Asks, until the block ends."""
    tasks = [asyncio.create_task(asking(probed)) for probed in all_probed]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def asking(probed: Probed) -> None:
    """Looks whether the upstream is there; from then on asks it whenever, and for as long as, it is down."""
    breaker = probed.rest.breaker
    changed = asyncio.Event()
    breaker.watch(changed.set)
    await greeted(probed.rest)
    while True:
        await changed.wait()
        changed.clear()
        while not breaker.up:
            await asyncio.sleep(breaker.wait())
            caller = Caller(None, None, time.monotonic() + MORE * probed.patience, secrets.token_hex(16))
            await undisturbed(probed.probe(caller))


async def greeted(rest: Rest) -> None:
    """Opens a connection until there is one, or the breaker knows that nobody is there."""
    while rest.breaker.up:
        if await undisturbed(rest.reach()):
            return
        await asyncio.sleep(BETWEEN)


async def undisturbed(work: Awaitable[None]) -> bool:
    """Whether it went well. What it meets is for the breaker, which has seen it; a defect is logged."""
    try:
        await work
    except Exception as exception:  # noqa: BLE001 - as the docstring says
        masked(exception)
        return False
    return True
