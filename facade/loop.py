"""The event loop that serves: the one that costs least, where there is one. uvloop knows no Windows."""

import asyncio
import gc
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

COLLECTED_AFTER = 20_000  # objects more than were freed; a page of a hundred users is some hundreds
# Times that the collector has looked at the new ones, until it looks at what it found in use then, too: where large
# answers are made, that is all of them, and takes tens of milliseconds.
OLDER_AFTER = 50


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


def settled() -> None:
    """Says that the process has loaded what it serves with, which the garbage collector need not look at again.

    Nearly all of what a request makes is freed when its last reference goes, and the collector looks in vain.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER, OLDER_AFTER)
