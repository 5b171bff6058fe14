"""Where the archive comes from: a registry of npm packages, as npm itself is configured, or a file."""

import os
import shutil
import subprocess
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from facade.ide.cache import limited
from facade.ide.package import FILE, MAX_ARCHIVE, NAME, VERSION, ArchiveError, checked

PUBLIC = "https://registry.npmjs.org/"  # npm's own default
TIMEOUT = 60.0  # seconds without a byte
ASKING = 20.0  # seconds that npm may take to say how it is configured


def configured() -> str:
    """The registry that npm would use: its variable, what it says itself where it is installed, or the public one."""
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        if value := os.environ.get(name):
            return value
    npm = shutil.which("npm")
    if npm is None:
        return PUBLIC
    try:
        said = subprocess.run(  # noqa: S603 - npm, with words of ours
            [npm, "config", "get", "registry"], capture_output=True, text=True, timeout=ASKING, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return PUBLIC
    return said.stdout.strip() or PUBLIC


def fetched(registry: str) -> bytes:
    """The archive from a registry. ArchiveError if it cannot be had, or is another."""
    address = f"{registry.rstrip('/')}/{NAME}/-/{FILE}"
    try:
        parts = urlsplit(address)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        known = False
    if not known:
        raise ArchiveError("the registry must be a URL such as https://host/path")
    host = parts.hostname
    request = Request(address, headers={"user-agent": f"facade ({NAME} {VERSION})"})  # noqa: S310 - looked at above
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - as above
            content = answer.read(MAX_ARCHIVE + 1)
    except HTTPError as error:
        error.close()
        raise ArchiveError(f"the registry {host} answers {error.code}; {OTHERWISE}") from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        cause = getattr(error, "reason", error)
        raise ArchiveError(f"the registry {host} cannot be reached ({type(cause).__name__}); {OTHERWISE}") from None
    return checked(content)


OTHERWISE = f"`npm pack {NAME}@{VERSION}` and --file do the same in two steps"


def given(path: Path) -> bytes:
    """The archive from a file. ArchiveError if it cannot be read, or is another."""
    try:
        return checked(limited(path))
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}") from None
