"""TLS of the gRPC port. gRPC's core has its own, which takes PEM and speaks HTTP/2 alone, from TLS 1.2 on."""

import math
import time
from collections.abc import Callable

import grpc

from facade.rpc.errors import AnyContext
from facade.tls import Port

CALM = 0.25  # seconds without a handshake before a certificate is replaced
NAMES = ("peer_dns", "peer_uri", "peer_email", "x509_common_name")  # gRPC's properties of a client's certificate


def credentials(current: Callable[[], Port]) -> grpc.ServerCredentials:
    """What `server.add_secure_port` takes. Each new connection is shown the certificate that is current then."""
    known = current()
    return grpc.dynamic_ssl_server_credentials(
        configuration(known),
        Renewed(current, known),  # type: ignore[arg-type]  # the stubs do not know that it may return None
        require_client_authentication=known.client_ca is not None,
    )


class Renewed:
    """What gRPC asks before each handshake, in a thread of its own: what has changed, if anything.

    gRPC's core asks under a lock, and takes the certificate that it is to show after it has let go of the lock: one
    that another handshake replaces just then is freed, and used all the same. (It is known there as "Use-after-free bug
    when simultaneous updates on SSL server handshaker", and open in 1.85.) The process dies of it, at once or later,
    when something else is freed. So a new certificate waits, and under the lock all new handshakes with it, until none
    has begun for CALM seconds: each takes its certificate in less than a thousandth of that, unless it is interrupted.

    Args:
        current: what the port is to speak now.
        known: what gRPC was told first.
        clock: seconds, as of time.monotonic.
        wait: waits so many of them.

    """

    def __init__(
        self,
        current: Callable[[], Port],
        known: Port,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._current = current
        self._known = known
        self._clock = clock
        self._wait = wait
        self._asked = -math.inf  # when a handshake began

    def __call__(self) -> grpc.ServerCertificateConfiguration | None:
        """The certificate to show from now on, or None: the last one."""
        try:
            if self._current() is self._known:
                return None
            while (left := self._asked + CALM - self._clock()) > 0:
                self._wait(left)
            port = self._current()
            made = configuration(port)
            self._known = port
        finally:
            self._asked = self._clock()
        return made


def configuration(port: Port) -> grpc.ServerCertificateConfiguration:
    """The same for gRPC."""
    return grpc.ssl_server_certificate_configuration([(port.key, port.certificate)], port.client_ca)


def names(context: AnyContext) -> list[str]:
    """Whom the verified certificate of a call's client names: DNS names, URIs, mail addresses, the common name."""
    found = context.auth_context()
    return [value.decode(errors="replace") for name in NAMES for value in found.get(name, ()) if value]
