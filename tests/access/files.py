"""Callers' files, as operators write them."""

from hashlib import sha256
from pathlib import Path

KEY = "facade_key-of-billing"
HEADERS = {"x-api-key": KEY}
# The facade's own accounts at the sandbox.
OWN = {
    "iem_user": "api@example.com",
    "iem_password": "sandbox",
    "bpm_user": "api@example.com",
    "bpm_password": "sandbox",
}


def digest(key: str = KEY) -> str:
    """What the file has of a key."""
    return sha256(key.encode()).hexdigest()


def callers(folder: Path, text: str) -> str:
    """The path of a new callers' file, which replaces one that is there."""
    file = folder / "callers.toml"
    file.write_text(text)
    return str(file)


def billing(operations: str = '["*"]', more: str = "") -> str:
    """A file with one caller, who has KEY."""
    return f'[caller.billing]\napi_key_sha256 = "{digest()}"\noperations = {operations}\n{more}'
