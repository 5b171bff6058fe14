"""Secrets that tests plant, and whether a text shows one of them: as it is, or in base64 as a part of more."""

from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache

PASSWORD = "planted-password-93c1e7"
TOKEN = "planted-token-5b20fd"
COOKIE = "planted-cookie-e8a416"
PLANTED = (PASSWORD, TOKEN, COOKIE)


@lru_cache(maxsize=1024)
def spellings(secret: str) -> frozenset[str]:
    """The secret, and what base64 makes of it wherever it begins in what is encoded (without what shares a letter)."""
    encoded = {
        b64encode(b"\0" * before + secret.encode()).decode()[whole:].rstrip("=")[:-1]
        for before, whole in ((0, 0), (1, 2), (2, 3))
    }
    return frozenset({secret, *encoded})


def shown(text: str, secrets: Iterable[str] = PLANTED) -> list[str]:
    """Those of the secrets that the text shows in any spelling."""
    return [secret for secret in secrets if any(spelling in text for spelling in spellings(secret))]
