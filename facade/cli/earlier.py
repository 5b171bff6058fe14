"""The earlier contract that `facade schema check` compares with: of a commit, a directory or a file."""

import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

PROTOS = "protos"
SDL = "facade/graphql/schema.graphql"
# The same as a running facade publishes it.
PUBLISHED_SDL = "schema.graphql"
PUBLISHED_PROTOS = "descriptor.binpb"
PATIENCE = 60.0  # seconds that git may take
LAID = "earlier"  # the directory, below the scratch, that holds the earlier protos


class CannotCheckError(Exception):
    """There is nothing to compare, or no way to. The text names what is missing."""


@dataclass(frozen=True, slots=True)
class Contract:
    """An earlier contract. A file has one half of it, all else has both.

    Attributes:
        name: what it is, for people.
        protos: a directory that has `protos`, or a file with a FileDescriptorSet; None if it says nothing of them.
        sdl: the GraphQL schema; None if it says nothing of it.

    """

    name: str
    protos: Path | None
    sdl: str | None


def earlier(reference: str, root: Path, scratch: Path) -> Contract:
    """The contract that `reference` names: a commit of the repository of `root`, else a path.

    Args:
        reference: as the user gave it. What is both a commit and a path is a commit; `./` before it makes it a path.
        root: the checkout's directory.
        scratch: an empty directory, into which the protos are copied. buf then sees no name that a user has chosen,
            and so takes none for one of its own notations.

    """
    if not reference:  # as a path it would be where one stands, and that is always compatible
        raise CannotCheckError("--against names nothing")
    commit = commit_of(reference, root)
    if commit is not None:
        return of_commit(commit, reference, root, scratch)
    path = Path(reference)
    try:
        if path.is_dir():
            return of_directory(path, scratch)
        if path.is_file():
            return of_file(path, scratch)
    except OSError as error:
        raise CannotCheckError(f"{error.filename}: {error.strerror}") from None
    raise CannotCheckError(f"{reference} is no commit, directory or file")


def commit_of(reference: str, root: Path) -> str | None:
    """The hash of the commit, or None if the repository, should there be one, has none of this name."""
    wanted = f"{reference}^{{commit}}"
    try:
        found = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
    except FileNotFoundError:  # git is not installed
        return None
    return found.stdout.decode().strip() if found.returncode == 0 else None


def of_commit(commit: str, reference: str, root: Path, scratch: Path) -> Contract:
    """The contract as it was in a commit."""
    name = f"{reference} ({commit[:12]})" if reference != commit else commit
    for path in (PROTOS, SDL):
        if git(root, "cat-file", "-e", f"{commit}:./{path}").returncode != 0:
            raise CannotCheckError(f"{name} has no {path}")
    archive = git(root, "archive", "--format=tar", commit, PROTOS, SDL)
    if archive.returncode != 0:
        raise CannotCheckError(f"git archive {commit}: {archive.stderr.decode(errors='replace').strip()}")
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(scratch / LAID, filter="data")
    return Contract(name, scratch / LAID, text_of(scratch / LAID / SDL))


def git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """What git says about the repository of `root`."""
    try:
        return subprocess.run(  # noqa: S603 - no shell, and what the user gave comes after --end-of-options
            ["git", *arguments],  # noqa: S607 - the git that the user has
            cwd=root,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise CannotCheckError(f"git {arguments[0]} takes more than {PATIENCE:.0f} seconds") from None


def of_directory(path: Path, scratch: Path) -> Contract:
    """The contract of another checkout, or the two files that a facade publishes."""
    sdl = next((file for file in (path / SDL, path / PUBLISHED_SDL) if file.is_file()), None)
    if sdl is None:
        raise CannotCheckError(f"{path} has neither {SDL} nor {PUBLISHED_SDL}")
    if (path / PROTOS).is_dir():
        protos = shutil.copytree(path / PROTOS, scratch / LAID / PROTOS).parent
    elif (path / PUBLISHED_PROTOS).is_file():
        protos = descriptor(path / PUBLISHED_PROTOS, scratch)
    else:
        raise CannotCheckError(f"{path} has neither {PROTOS} nor {PUBLISHED_PROTOS}")
    return Contract(str(path), protos, text_of(sdl))


def of_file(path: Path, scratch: Path) -> Contract:
    """The half of a contract that the file has."""
    if path.suffix in {".graphql", ".graphqls", ".gql"}:
        return Contract(str(path), None, text_of(path))
    if path.suffix in {".binpb", ".pb"}:
        return Contract(str(path), descriptor(path, scratch), None)
    raise CannotCheckError(f"{path} is neither {PUBLISHED_SDL} nor {PUBLISHED_PROTOS}: its name has another ending")


def descriptor(path: Path, scratch: Path) -> Path:
    """A copy of the file, under a name by which buf knows what it is."""
    return Path(shutil.copyfile(path, scratch / PUBLISHED_PROTOS))


def text_of(path: Path) -> str:
    """The file's text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CannotCheckError(f"{path} is not UTF-8") from None
