"""How far it is, on standard error: a bar at a terminal, nothing elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text


class Meter(Protocol):
    """What is told how far it is."""

    def advance(self, failed: int) -> None:
        """One more item has ended; `failed` have failed so far."""


class Bar:
    """A bar at the terminal."""

    def __init__(self, progress: Progress, title: str, total: int | None) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=total, failed=0)

    def advance(self, failed: int) -> None:
        """One more."""
        self._progress.update(self._task, advance=1, failed=failed)


class Nothing:
    """No bar."""

    def advance(self, failed: int) -> None:
        """One more."""


class Failed(ProgressColumn):
    """How many have failed."""

    def render(self, task: Task) -> Text:
        """The column."""
        failed = task.fields["failed"]
        return Text(f"{failed} failed", style="red" if failed else "")


class Rate(ProgressColumn):
    """Items a second."""

    def render(self, task: Task) -> Text:
        """The column."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


@contextmanager
def meter(title: str, total: int | None, console: Console | None = None) -> Iterator[Meter]:
    """A bar for `total` items (None: nobody knows) while the block runs."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield Nothing()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Failed(),
        Rate(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield Bar(progress, title, total)
