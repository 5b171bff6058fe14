"""Secrets that are planted in one caller's traffic, and looked for wherever they must not come out."""

import logging
from base64 import b64encode

import pytest

from facade import sandbox

WORD = "canary"  # in all that is planted
EMAIL = "planted@example.com"
PASSWORD = "canary-password-7c1e"
TOKEN = "canary-token-99b0"
HOST = "canary-host.internal"
SENTENCE = "SELECT * FROM canary_users -- at canary-host.internal with canary-password-7c1e"
HTML = f"<html><body><h1>canary</h1><pre>{SENTENCE}</pre></body></html>"
COOKIES = (f"access_token={TOKEN}; Path=/", f"session={TOKEN}; Domain={HOST}")
ENCODED = b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode()
HEADERS = {"authorization": f"Basic {ENCODED}"}
# May do all that the sandbox's own API user may.
ACCOUNT = sandbox.Account(EMAIL, "Planted", PASSWORD, administrator=True, customers=frozenset({"C-100"}))


def leaked(*texts: str) -> list[str]:
    """What of the planted secrets is in the texts."""
    return [secret for secret in (WORD, ENCODED) for text in texts if secret in text]


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """All that was logged, with the fields that a formatter may leave out."""
    return caplog.text + "".join(repr(vars(record)) for record in caplog.records)


def loud(caplog: pytest.LogCaptureFixture) -> None:
    """Lets everything be logged."""
    caplog.set_level(logging.DEBUG)
