"""Credentials as keys: what tells callers apart without holding a secret."""

import secrets
from hashlib import blake2b

from facade.caller import Basic, Credentials, Token


class Fingerprints:
    """Keyed hashes of credentials: they tell callers apart, under a secret made at start, and hold no secret."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def of(self, credentials: Credentials | None) -> bytes:
        """16 bytes that are the same for the same credentials alone, password and scheme included."""
        match credentials:
            case Basic(header):
                text = header
            case Token(value):
                text = f"Bearer {value}"
            case None:
                text = ""
        return blake2b(text.encode(), key=self._secret, digest_size=16).digest()
