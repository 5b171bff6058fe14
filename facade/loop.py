"""The event loop that serves: the one that costs least, where there is one. uvloop knows no Windows."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`."""
    unhurried()
    if sys.platform == "win32":
        return asyncio.run(work)
    import uvloop  # noqa: PLC0415 - as above

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def unhurried() -> None:
    """Asks the system, where it is Linux, not to interrupt a thread of this process for another that has just woken.

    gRPC hands each call from thread to thread. Left to finish what they are at, they find several calls to hand on when
    their turn comes: a sixth less CPU time a call (benchmarks/notes.md). Threads started later do the same.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # a container may forbid it: then it stays as it was
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
