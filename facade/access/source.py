"""What the file of a setting says, kept until it says something else that is right."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from facade.errors import ConfigError
from facade.renewal import UnusableError

T = TypeVar("T")


class Renewable(Protocol):
    """What can be read again while the facade serves.

    Attributes:
        files: the paths that it was read from.

    """

    files: Sequence[str]

    def reload(self) -> None:
        """Reads it again. UnusableError if it is wrong now; what it said before is kept."""


class Source(Generic[T]):
    """What `read` makes of `files`. ConfigError if that is wrong at the start.

    Attributes:
        files: the paths that it is read from.
        current: what it says.

    """

    def __init__(self, files: Sequence[str], read: Callable[[], T]) -> None:
        self.files = files
        self._read = read
        self.current = read()

    def reload(self) -> None:
        """See Renewable."""
        try:
            self.current = self._read()
        except ConfigError as error:
            raise UnusableError(str(error)) from None


def text(setting: str, file: str) -> str:
    """What the file of a setting holds. ConfigError, without the content, if it cannot be read."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{setting}: cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{setting}: {file} is not in UTF-8") from None
