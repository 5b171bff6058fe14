"""`facade documents`: the list of trusted documents, from the sources of frontends."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from facade.config import ConfigError
from facade.graphql.extent import DEFAULT
from facade.graphql.sources import CODE, WHOLE, SourceError, trusted_list

FOREIGN = "node_modules"


def write_list(options: argparse.Namespace) -> int:
    """Writes the list, or prints it. ConfigError if a source cannot be read, or has a document that is not valid."""
    try:
        found = trusted_list(dict(read(options.sources)), DEFAULT, typename=options.typename)
        text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
        if options.output is None:
            sys.stdout.write(text)
        else:
            Path(options.output).write_text(text, encoding="utf-8")
    except SourceError as error:
        raise ConfigError(str(error)) from None
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}") from None
    print(f"facade: {len(found)} documents", file=sys.stderr)
    return 0


def read(sources: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and text of each file, and of those of a directory that can have documents."""
    for source in sources:
        path = Path(source)
        for file in sorted(below(path)) if path.is_dir() else [path]:
            try:
                yield str(file), file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                raise SourceError(f"{file}: is not UTF-8") from None


def below(directory: Path) -> Iterator[Path]:
    """The files in a directory that can have documents of its own."""
    for file in directory.rglob("*"):
        if file.suffix in {*WHOLE, *CODE} and FOREIGN not in file.parts and file.is_file():
            yield file
