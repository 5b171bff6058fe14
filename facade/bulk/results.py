"""The results of a job, on their way to its caller."""

import asyncio
from collections.abc import Callable

from facade.domain.bulk import ItemResult
from facade.errors import FacadeError


class Results(asyncio.Queue[ItemResult | None]):
    """A queue of results; None is the end.

    Args:
        ended: is told of each item that has its result, whether or not it is taken.

    """

    def __init__(self, ended: Callable[[FacadeError | None], None] = lambda _: None) -> None:
        super().__init__()
        self._ended = ended

    def put_nowait(self, item: ItemResult | None) -> None:
        """Adds a result, or the end."""
        if item is not None:
            self._ended(item.error)
        super().put_nowait(item)
