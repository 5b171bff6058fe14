"""TLS of the gRPC port. gRPC's core has its own, which takes PEM and speaks HTTP/2 alone, from TLS 1.2 on."""

from collections.abc import Callable

import grpc

from facade.rpc.errors import AnyContext
from facade.tls import Port

NAMES = ("peer_dns", "peer_uri", "peer_email", "x509_common_name")  # gRPC's properties of a client's certificate


def credentials(current: Callable[[], Port]) -> grpc.ServerCredentials:
    """What `server.add_secure_port` takes. Each new connection is shown the certificate that is current then."""
    known = current()

    def renewed() -> grpc.ServerCertificateConfiguration | None:
        """What gRPC asks for before each handshake, in a thread of its own: what has changed, if anything."""
        nonlocal known
        port = current()
        if port is known:
            return None
        known = port
        return configuration(port)

    return grpc.dynamic_ssl_server_credentials(
        configuration(known),
        renewed,  # type: ignore[arg-type]  # the stubs do not know that it may be None
        require_client_authentication=known.client_ca is not None,
    )


def configuration(port: Port) -> grpc.ServerCertificateConfiguration:
    """The same for gRPC."""
    return grpc.ssl_server_certificate_configuration([(port.key, port.certificate)], port.client_ca)


def names(context: AnyContext) -> list[str]:
    """Whom the verified certificate of a call's client names: DNS names, URIs, mail addresses, the common name."""
    found = context.auth_context()
    return [value.decode(errors="replace") for name in NAMES for value in found.get(name, ()) if value]
