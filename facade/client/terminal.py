"""Questions to whoever sits at the terminal, wherever standard input and output go."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

TERMINAL = "/dev/tty"


class NoTerminalError(Exception):
    """Nobody sits there."""


@contextmanager
def terminal() -> Iterator[TextIO]:
    """The process's terminal, to write and read. NoTerminalError if it has none."""
    try:
        number = os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        raise NoTerminalError from None
    with io.TextIOWrapper(io.FileIO(number, "w+"), errors="replace") as opened:
        yield opened


def ask(question: str) -> str:
    """The answer, without spaces around it; "" at the end of the input. NoTerminalError."""
    with terminal() as opened:
        opened.write(question)
        opened.flush()
        answer = opened.readline()
        if not answer.endswith("\n"):
            opened.write("\n")
        return answer.strip()
