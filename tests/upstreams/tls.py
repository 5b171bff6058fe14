"""TLS for tests: servers with certificates, and whom the client trusts.

Certificates with their keys: upstream.pem is that of localhost and 127.0.0.1, stranger.pem that of other.example.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from facade.upstreams.pool import trust

HERE = Path(__file__).parent
UPSTREAM, STRANGER = HERE / "upstream.pem", HERE / "stranger.pem"


def speaking(certificate: Path = UPSTREAM) -> ssl.SSLContext:
    """A server's TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@contextmanager
def trusting(**environment: str) -> Iterator[None]:
    """Trust as the environment has it. It is read once in a process: here again, and once more for the next test."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        trust.cache_clear()
        yield
    trust.cache_clear()


@contextmanager
def trusting_both() -> Iterator[None]:
    """Both certificates are authorities of the system, as its administrator would have it."""
    with TemporaryDirectory() as directory:
        both = Path(directory) / "authorities.pem"
        both.write_text(UPSTREAM.read_text() + STRANGER.read_text())
        with trusting(SSL_CERT_FILE=str(both)):
            yield
