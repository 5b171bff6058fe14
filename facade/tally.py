"""Memory for counting: cells, each a number, in which every process counts on its own and can read what all counted.

Where several processes serve, it is shared and has no name: nothing has to be writable but memory, nobody else can open
it, and it is gone with the last process that has it. A process that is killed loses nothing that it has counted, and
the one in its place counts on.
"""

import mmap
import os
import tempfile
from array import array
from collections.abc import MutableSequence, Sequence
from typing import TypeAlias, cast

Cells: TypeAlias = MutableSequence[float]
HEADER = mmap.PAGESIZE  # bytes, one for each process: whether it runs
WIDTH = 8  # bytes of a cell


class Tally:
    """The cells of the one process that serves."""

    def __init__(self) -> None:
        self._own = array("d")
        self._runs = False

    def cells(self, count: int) -> Cells:
        """So many cells of this process."""
        self._own = array("d", bytes(WIDTH * count))
        return self._own

    def runs(self) -> None:
        """Says that this process runs: what its cells say of the moment is so."""
        self._runs = True

    def read(self) -> Sequence[tuple[bytes, bool]]:
        """The cells of each process, and whether it runs."""
        return [(self._own.tobytes(), self._runs)]


class SharedTally(Tally):
    """The cells of several processes.

    Args:
        file: the descriptor of the memory.
        number: which process this is, from 1.
        of: how many there are.

    """

    def __init__(self, file: int, number: int, of: int) -> None:
        super().__init__()
        self._file, self._number, self._of = file, number, of
        self._size = 0
        self._memory: mmap.mmap

    def cells(self, count: int) -> Cells:
        """Those that the process before this one, with its number, has left."""
        self._size = WIDTH * count
        whole = HEADER + self._of * self._size
        os.truncate(self._file, whole)
        self._memory = mmap.mmap(self._file, whole)
        start = HEADER + (self._number - 1) * self._size
        return cast("Cells", memoryview(self._memory)[start : start + self._size].cast("d"))

    def runs(self) -> None:
        """See Tally."""
        self._memory[self._number - 1] = 1

    def read(self) -> Sequence[tuple[bytes, bool]]:
        """See Tally."""
        starts = range(HEADER, HEADER + self._of * self._size, self._size)
        return [
            (self._memory[start : start + self._size], bool(self._memory[place])) for place, start in enumerate(starts)
        ]


class Presence:
    """Which processes run, for the one that keeps them running. It makes the memory that they count in.

    Attributes:
        file: the descriptor of the memory.

    """

    def __init__(self) -> None:
        self.file = anonymous()
        os.truncate(self.file, HEADER)
        self._header = mmap.mmap(self.file, HEADER)

    def ended(self, number: int) -> None:
        """The process with this number, from 1, has ended."""
        self._header[number - 1] = 0

    def __enter__(self) -> "Presence":
        return self

    def __exit__(self, *_: object) -> None:
        self._header.close()
        os.close(self.file)


def anonymous() -> int:
    """The descriptor of a new file without a name."""
    if hasattr(os, "memfd_create"):  # Linux
        return os.memfd_create("facade")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
