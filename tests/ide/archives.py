"""Archives as npm has them, small ones of our own."""

import gzip
import io
import tarfile
from collections.abc import Mapping

PAGE = b'<html><head><base href="/" /></head><body><app-root></app-root></body></html>'
FILES = {
    "package/build/dist/index.html": PAGE,
    "package/build/dist/main.js": b"export const answer = 42;\n" * 200,
    "package/build/dist/media/font.woff2": bytes(range(256)),
    "package/build/dist/iframe-sandbox/index.html": b"<html></html>",
    "package/package.json": b"{}",
}


def archive(files: Mapping[str, bytes] = FILES, links: Mapping[str, str] | None = None) -> bytes:
    """An archive of these files, and of symbolic links."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as writer:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            writer.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type = tarfile.SYMTYPE
            member.linkname = target
            writer.addfile(member)
    return gzip.compress(buffer.getvalue(), 1)
