"""Ctrl-C: the first asks the command to stop when what is under way has ended, the second cancels it."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

NOTE = "facade: stopping; waiting for what is under way (Ctrl-C again: do not wait)"


class Stop:
    """Whether somebody has asked to stop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @classmethod
    @contextmanager
    def on_interrupt(cls, *, patient: bool = True) -> Iterator[Self]:
        """A Stop that Ctrl-C asks while the block runs; unless `patient`, the first cancels the running task."""
        stop, task = cls(), asyncio.current_task()

        def interrupted() -> None:
            if task is not None and (stop.asked or not patient):
                task.cancel()
            else:
                print(NOTE, file=sys.stderr)
            stop.ask()

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, interrupted)
        try:
            yield stop
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    def ask(self) -> None:
        """Asks to stop."""
        self._event.set()

    @property
    def asked(self) -> bool:
        """Whether it was asked."""
        return self._event.is_set()

    async def or_until(self, event: asyncio.Event) -> None:
        """Waits until it is asked, or `event` is set."""
        waits = [asyncio.ensure_future(each.wait()) for each in (event, self._event)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
