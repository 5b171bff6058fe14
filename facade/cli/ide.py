"""`facade ide install`: brings the GraphQL IDE to where the facade looks for it."""

import argparse
from pathlib import Path

from facade.config import ConfigError, load
from facade.ide.cache import directory, keep, kept
from facade.ide.package import NAME, VERSION, ArchiveError
from facade.ide.registry import configured, fetched, given


def install(options: argparse.Namespace) -> int:
    """Installs it and says where. ConfigError if its archive cannot be had, or cannot be kept."""
    place = directory(load(options.config).ide_directory)
    try:
        if not options.file and not options.registry and present(place):
            print(f"{NAME} {VERSION} is in {place} already")
            return 0
        archive = given(Path(options.file)) if options.file else fetched(options.registry or configured())
        target = keep(place, archive)
    except ArchiveError as error:
        raise ConfigError(f"ide install: {error}") from None
    except OSError as error:
        raise ConfigError(f"ide install: {error.filename or place}: {error.strerror}") from None
    print(f"{NAME} {VERSION} is in {target}")
    return 0


def present(place: Path) -> bool:
    """Whether the right archive is there."""
    try:
        return kept(place) is not None
    except ArchiveError:
        return False
