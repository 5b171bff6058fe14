"""Values that are made out of files, and made anew when the files change: certificates, keys, secrets.

A program that replaces such files need not tell: they are looked at every few seconds, in a thread, since a disk may
be slow. Where it does tell, by SIGHUP, they are read at once. Files that cannot be used change nothing: the value that
was made last stays, and a warning is logged.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Generic, TypeVar

from facade.errors import ConfigError

log = logging.getLogger(__name__)

PERIOD = 5.0  # seconds between two looks at the files
T = TypeVar("T")
Stamp = tuple[int, ...] | None  # what changes with a file; None if it is not there


class Kept(Generic[T]):
    """A value that is made out of files.

    Args:
        name: what the log calls it.
        files: their paths.
        make: reads them, in any thread. Raises ConfigError if it cannot make a value out of them, here, too.

    """

    def __init__(self, name: str, files: Iterable[str], make: Callable[[], T]) -> None:
        self.name = name
        self.files = tuple(files)
        self._make = make
        self._seen = self._stamps()  # before they are read: a change in between is found at the next look
        self._told: tuple[str, object] | None = None
        self._value = make()

    def current(self) -> T:
        """The newest value. It may be another one at the next call."""
        return self._value

    def renew(self, *, anyway: bool) -> None:
        """Makes the value anew if a file has changed since it was made, or `anyway`. Waits for the disk.

        After a failure the next call tries again: what was wrong need not be seen at the files. It is logged once for
        as long as they stay the same.
        """
        stamps = self._stamps()
        if stamps == self._seen and not anyway:
            return
        try:
            value = self._make()
        except ConfigError as error:
            self._warn(str(error), stamps)
        except Exception as error:  # noqa: BLE001 - the text may repeat what is in a file, and the next look must come
            self._warn(type(error).__name__, stamps)
        else:
            if self._stamps() != stamps:  # perhaps one of them is old and one new: the next look reads both again
                return
            self._seen, self._told, self._value = stamps, None, value
            log.info("files read anew", extra={"what": self.name})

    def _warn(self, why: str, stamps: object) -> None:
        if self._told != (why, stamps):
            self._told = why, stamps
            log.warning("files not usable: what was read before stays", extra={"what": self.name, "why": why})

    def _stamps(self) -> tuple[Stamp, ...]:
        return tuple(map(stamp, self.files))


class Renewal:
    """Keeps values up to date. `run` is its work.

    Args:
        kept: the values.
        period: seconds between two looks at their files.
        also: each begins to read something again that is in no file.

    """

    def __init__(
        self, kept: Sequence[Kept[Any]], period: float = PERIOD, also: Sequence[Callable[[], None]] = ()
    ) -> None:
        self._kept = kept
        self._period = period
        self._also = also
        self._asked = asyncio.Event()

    def now(self) -> None:
        """Has all files read again soon, changed or not, and all that is elsewhere."""
        self._asked.set()
        for begin in self._also:
            begin()

    async def run(self) -> None:
        """Looks until it is cancelled."""
        while self._kept:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._period):
                    await self._asked.wait()
            anyway = self._asked.is_set()
            self._asked.clear()
            await asyncio.to_thread(self._look, anyway=anyway)

    def _look(self, *, anyway: bool) -> None:
        for each in self._kept:
            each.renew(anyway=anyway)


@asynccontextmanager
async def renewing(
    kept: Sequence[Kept[Any]], period: float = PERIOD, also: Sequence[Callable[[], None]] = ()
) -> AsyncIterator[Renewal]:
    """Keeps the values up to date while the block runs."""
    renewal = Renewal(kept, period, also)
    looking = asyncio.create_task(renewal.run())
    try:
        yield renewal
    finally:
        looking.cancel()


def stamp(file: str) -> Stamp:
    """What is another one when the file has been written or replaced, even within the same second."""
    try:
        found = os.stat(file)  # noqa: PTH116 - follows links, as those of a Kubernetes secret, and takes any text
    except (OSError, ValueError):  # ValueError: a path that cannot be one
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
