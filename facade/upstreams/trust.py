"""Whom the upstream connections trust, and what they show."""

import ssl
from contextlib import suppress
from functools import cache

import certifi

from facade.tls import File, Pair, show, trust


@cache
def usual() -> ssl.SSLContext:
    """The usual authorities, and no certificate of ours. Read once in a process."""
    return trusting()


def trusting(authorities: File | None = None, own: Pair | None = None) -> ssl.SSLContext:
    """TLS that trusts the authorities of browsers, those of the system, and these; and shows this certificate.

    Raises ConfigError. It is not `ssl.create_default_context`, which obeys the environment: who can set SSL_CERT_FILE
    or SSL_CERT_DIR could read the credentials, and with SSLKEYLOGFILE everything.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_verify_locations(certifi.where())
    system = ssl.get_default_verify_paths()
    with suppress(OSError):  # a system need not have both, or any
        context.load_verify_locations(system.openssl_cafile)
    context.load_verify_locations(capath=system.openssl_capath)  # looked at when a certificate is verified
    if authorities:
        trust(context, authorities)
    if own:
        show(context, own)
    return context
