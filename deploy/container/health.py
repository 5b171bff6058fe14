"""Exit status 0 if the facade of this container lives, else 1: what HEALTHCHECK asks.

It asks `/healthz` at FACADE_HTTP_ADDRESS, over HTTP or HTTPS, whichever is spoken. The certificate is not checked: it
is of the name by which others know the facade, and this is its own loopback.
"""

import os
import ssl
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection

DEFAULT = "127.0.0.1:8080"
ANYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - what it may listen on
PATIENCE = 2.0  # seconds; twice, that is less than HEALTHCHECK's


def alive(address: str) -> bool:
    """Whether there is an answer at a host and port."""
    host, _, port = address.rpartition(":")
    host = ANYWHERE.get(host, host).strip("[]")
    try:
        return healthy(HTTPConnection(host, int(port), timeout=PATIENCE))
    except (OSError, HTTPException):
        return alive_over_tls(host, int(port))


def alive_over_tls(host: str, port: int) -> bool:
    """The same over HTTPS. A facade that demands a certificate, which nobody has here, lives if it says so."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    connection = HTTPSConnection(host, port, timeout=PATIENCE, context=unchecked)
    try:
        connection.connect()
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
    try:
        return healthy(connection)
    except (OSError, HTTPException):  # in TLS 1.3 it says so after the handshake
        return True


def healthy(connection: HTTPConnection) -> bool:
    """Whether `/healthz` is answered as it should be."""
    connection.request("GET", "/healthz")
    return connection.getresponse().status == 200  # noqa: PLR2004 - OK


if __name__ == "__main__":
    sys.exit(0 if alive(os.environ.get("FACADE_HTTP_ADDRESS", DEFAULT)) else 1)
