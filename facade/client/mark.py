"""How far a run that publishes has come, for the case that it is killed: what is under way then has no outcome.

Beside the outcomes FILE stands FILE.sent with the number of a line: lines up to there may have been sent, and none
after it. It is written before they are sent, and taken away when the run ends by itself, since then each has its
outcome; unless outcomes could not be written.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from facade.client.failure import MisuseError, UnwrittenError

STEP = 256  # lines


class Mark:
    """The mark of this run, and that of the run that it resumes.

    Args:
        outcomes: the file of the outcomes of this run; None for none, and then there is no mark.
        resumed: that of the run that is resumed, or None.

    Attributes:
        earlier: the line up to which a run that was killed may have sent; 0 if none was.

    """

    def __init__(self, outcomes: str | None, resumed: str | None) -> None:
        self.earlier = number(resumed)
        self._read = 0
        self._finished = False
        self._written = self.earlier
        self._path = None if outcomes is None else path(outcomes)

    def __enter__(self) -> Self:
        if self.earlier:  # outcomes that go into another file need it there
            try:
                self._write(self.earlier)
            except UnwrittenError as error:
                raise MisuseError(str(error)) from None
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if self._path is None or isinstance(error, UnwrittenError):
            return
        with suppress(OSError, UnwrittenError):  # where it stays as it is, a resumed run is too careful
            if self._read >= self.earlier or self._finished:
                self._path.unlink(missing_ok=True)
            else:  # not even as far as the run that was killed
                self._write(self.earlier)

    def reached(self, line: int) -> None:
        """The line is about to be sent. UnwrittenError if that cannot be written down."""
        self._read = line
        if line > self._written:
            self._write(line + STEP)

    def finish(self) -> None:
        """All lines were read."""
        self._finished = True

    def _write(self, line: int) -> None:
        if self._path is not None:
            part = Path(f"{self._path}.part")
            try:
                part.write_text(f"{line}\n")
                part.replace(self._path)
            except OSError as error:
                raise UnwrittenError(f"--outcomes: cannot write {self._path}: {error.strerror}") from None
        self._written = line


def path(outcomes: str) -> Path:
    """The mark of an outcomes file."""
    return Path(f"{os.fspath(outcomes)}.sent")


def number(outcomes: str | None) -> int:
    """What the mark of an outcomes file says; 0 if there is none."""
    if outcomes is None:
        return 0
    with suppress(FileNotFoundError):
        try:
            return int(path(outcomes).read_text())
        except ValueError:
            raise MisuseError(f"--resume: {path(outcomes)} is not the number of a line") from None
    return 0
