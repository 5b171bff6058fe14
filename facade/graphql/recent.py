"""What was used of late: so much of it, and no more."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Values by their keys, the least recently used forgotten first.

    Args:
        most: values kept.
        most_size: of all of them, in the unit that `keep` is told sizes in.

    """

    def __init__(self, most: int, most_size: int) -> None:
        self._most = most
        self._most_size = most_size
        self._size = 0
        self._kept: OrderedDict[str, tuple[T, int]] = OrderedDict()

    def get(self, key: str) -> T | None:
        """The value, or None if it is not kept (any more)."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        self._kept.move_to_end(key)
        return kept[0]

    def keep(self, key: str, value: T, size: int) -> None:
        """Keeps a value of this size, unless there is one."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return
        self._kept[key] = (value, size)
        self._size += size
        while len(self._kept) > self._most or self._size > self._most_size:
            _, (_, gone) = self._kept.popitem(last=False)
            self._size -= gone
