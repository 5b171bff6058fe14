"""Lines of a file or a pipe, read as they are asked for."""

import asyncio
import os
import stat
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager

from facade.client.failure import MisuseError
from facade.client.stop import Stop

CHUNK = 64 * 1024  # bytes
LONGEST = 4 * 1024**2  # bytes of a line that is kept; the rest of a longer one is thrown away


@contextmanager
def opened(file: str) -> Iterator[int]:
    """The descriptor of a file ("-": standard input). MisuseError if it cannot be read."""
    if file == "-":
        yield sys.stdin.fileno()
        return
    try:
        number = os.open(file, os.O_RDONLY)
        if stat.S_ISDIR(os.fstat(number).st_mode):
            os.close(number)
            raise IsADirectoryError(0, "is a directory")
    except OSError as error:
        raise MisuseError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        yield number
    finally:
        os.close(number)


def count(number: int) -> int | None:
    """How many lines a file has; None if it is none, but a pipe, which can be read only once."""
    if not stat.S_ISREG(os.fstat(number).st_mode):
        return None
    start = os.lseek(number, 0, os.SEEK_CUR)
    found, last = 0, b"\n"
    while chunk := os.read(number, CHUNK):
        found += chunk.count(b"\n")
        last = chunk[-1:]
    os.lseek(number, start, os.SEEK_SET)
    return found + (last != b"\n")


async def lines(number: int, stop: Stop) -> AsyncGenerator[tuple[int, bytes], None]:
    """Each line that is not empty, with its number, until there is none or it is stopped.

    A line is at most one byte longer than LONGEST: one that is, is cut there.
    """
    line_number, rest = 0, b""
    while chunk := await more(number, stop):
        *whole, tail = chunk.split(b"\n")
        for each in whole:
            line_number += 1
            line, rest = rest + each, b""
            if not line.isspace() and line:
                yield line_number, line[: LONGEST + 1]
        rest = (rest + tail)[: LONGEST + 1]
    if rest and not rest.isspace() and not stop.asked:
        yield line_number + 1, rest


async def more(number: int, stop: Stop) -> bytes:
    """What can be read now, waiting without holding up the loop until something can; empty at the end."""
    ready = asyncio.Event()
    try:
        asyncio.get_running_loop().add_reader(number, ready.set)
    except PermissionError:  # a regular file, which is always ready
        return read(number, stop)
    try:
        await stop.or_until(ready)
    finally:
        asyncio.get_running_loop().remove_reader(number)
    return read(number, stop)


def read(number: int, stop: Stop) -> bytes:
    """What there is, or nothing if it was stopped meanwhile."""
    return b"" if stop.asked else os.read(number, CHUNK)
