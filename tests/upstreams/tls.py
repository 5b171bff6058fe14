"""TLS for tests: servers with certificates, and a client's trust in them."""

import ssl
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from facade.tls import File
from facade.upstreams.trust import trusting
from tests.certificates import HERE, Authority, Issued

AUTHORITY = Authority()
UPSTREAM, STRANGER = AUTHORITY.issue(*HERE), AUTHORITY.issue("other.example")


def speaking(shown: Issued = UPSTREAM) -> ssl.SSLContext:
    """A server's TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with TemporaryDirectory() as folder:
        context.load_cert_chain(*shown.write(Path(folder)))
    return context


@cache
def trusted() -> ssl.SSLContext:
    """A client's TLS that trusts the authority of both, beside the usual ones."""
    with TemporaryDirectory() as folder:
        return trusting(File("FACADE_UPSTREAM_CA", AUTHORITY.write(Path(folder))))
