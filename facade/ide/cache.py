"""Where the archive is kept: in the user's cache, or where the settings say."""

import os
import tempfile
from pathlib import Path

from facade.ide.package import FILE, INTEGRITY, MAX_ARCHIVE, ArchiveError, checked


def directory(configured: str | None) -> Path:
    """The directory: the one that is configured, or the one for caches (XDG Base Directory Specification)."""
    if configured:
        return Path(configured)
    given = os.environ.get("XDG_CACHE_HOME", "")
    caches = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    return caches / "facade" / "ide"


def kept(place: Path, wanted: str = INTEGRITY) -> bytes | None:
    """The archive that is kept in `place`, or None. ArchiveError if what is there is not what was put there."""
    try:
        content = limited(place / FILE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArchiveError(f"{place / FILE}: {error.strerror}") from None
    return checked(content, wanted)


def keep(place: Path, archive: bytes) -> Path:
    """Puts an archive there, whole or not at all; returns its path. OSError if it cannot be written."""
    place.mkdir(parents=True, exist_ok=True)
    target = place / FILE
    with tempfile.NamedTemporaryFile(dir=place, prefix=f".{FILE}.", delete=False) as writing:
        try:
            writing.write(archive)
            writing.flush()
            Path(writing.name).chmod(0o644)  # who serves may be another user than who installs
            Path(writing.name).replace(target)
        except BaseException:
            Path(writing.name).unlink(missing_ok=True)
            raise
    return target


def limited(path: Path) -> bytes:
    """The content of a file, or the beginning of one that is too large to be the archive. OSError."""
    with path.open("rb") as file:
        return file.read(MAX_ARCHIVE + 1)
