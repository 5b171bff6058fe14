"""Which items a stream has had: its end is not known, so that only the latest are."""

REMEMBERED = 10_000  # items


class Seen:
    """The ids of at least the last REMEMBERED items of a stream, and of at most twice as many."""

    def __init__(self) -> None:
        self._latest: set[int] = set()
        self._before: set[int] = set()

    def repeated(self, item_id: str) -> str | None:
        """Notes the id; what is wrong with it if it has been there, or None.

        Hashes stand for ids: they are 64 bits under a secret of the process's start, and memory stays flat.
        """
        mark = hash(item_id)
        if mark in self._latest or mark in self._before:
            return f"is that of another of the last {REMEMBERED} items"
        self._latest.add(mark)
        if len(self._latest) >= REMEMBERED:
            self._before, self._latest = self._latest, set()
        return None
