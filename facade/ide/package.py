"""The archive of the IDE: which one it is, and what is in it.

It is read where it is needed, and never written out: a path in it leads nowhere.
"""

import io
import tarfile
from base64 import b64encode
from hashlib import sha512
from pathlib import PurePosixPath

NAME = "altair-static"
VERSION = "8.5.9"
# Of the archive, as npm tells it (https://docs.npmjs.com/cli/configuring-npm/package-lock-json): others are refused.
INTEGRITY = "sha512-ZjigQ+CWvtqVAgKLo4gYmBLNoOiBPE3tTbsCBiUYZc3QI0+nTbfWj0x8P+dlb8+hmxn0wqGRPHuzRqz4wdOlIg=="
FILE = f"{NAME}-{VERSION}.tgz"
FOLDER = "package/build/dist/"  # what browsers are to be served

MAX_ARCHIVE = 8 * 1024 * 1024  # bytes
MAX_CONTENT = 32 * 1024 * 1024  # bytes of all its files
MAX_FILES = 1000


class ArchiveError(Exception):
    """An archive that is not to be used. The text says why."""


def integrity(archive: bytes) -> str:
    """The archive's hash, as npm writes it."""
    return "sha512-" + b64encode(sha512(archive).digest()).decode()


def checked(archive: bytes, wanted: str = INTEGRITY) -> bytes:
    """The same archive. ArchiveError if it is another than the one that is wanted."""
    if len(archive) > MAX_ARCHIVE or integrity(archive) != wanted:
        raise ArchiveError(f"this is not {NAME} {VERSION}: its SHA-512 is another")
    return archive


def files(archive: bytes) -> dict[str, bytes]:
    """The files that are served, by their paths below FOLDER. ArchiveError where there is anything strange in it."""
    found: dict[str, bytes] = {}
    room = MAX_CONTENT
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r|gz") as reader:
            for number, member in enumerate(reader):
                if number >= MAX_FILES:
                    raise ArchiveError(f"the archive has more than {MAX_FILES} files")
                room -= member.size  # also of files that are passed over: they are unpacked to get beyond them
                if room < 0:
                    raise ArchiveError(f"the archive holds more than {MAX_CONTENT} bytes")
                if not member.isfile() or not member.name.startswith(FOLDER):
                    continue
                content = reader.extractfile(member)
                if content is not None:
                    found[inside(member.name)] = content.read()
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise ArchiveError(f"the archive cannot be read: {type(error).__name__}") from None
    if "index.html" not in found:
        raise ArchiveError("the archive has no page")
    return found


def inside(name: str) -> str:
    """The path below FOLDER. ArchiveError if it leads out of it."""
    path = PurePosixPath(name)
    if ".." in path.parts or str(path) != name:
        raise ArchiveError("the archive has a path that leads out of it")
    return name.removeprefix(FOLDER)
