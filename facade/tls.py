"""TLS out of PEM files.

What is wrong with a file is told in one line, which repeats neither its content nor its path: somebody may have put the
content where the path belongs.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from facade.errors import ConfigError

NAMES = "client_names"  # in the state of an ASGI scope: whom the client's certificate names, if it had to show one
TOO_WEAK = frozenset({"EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK"})  # OpenSSL's names
MISMATCHED = frozenset({"KEY_VALUES_MISMATCH", "NO_CERTIFICATE_ASSIGNED"})  # the latter: a key of another kind


@dataclass(frozen=True, slots=True)
class File:
    """A file, and the setting that names it."""

    setting: str
    path: str = field(repr=False)

    def read(self) -> bytes:
        """Its content. Raises ConfigError."""
        try:
            return Path(self.path).read_bytes()
        except OSError as error:
            raise ConfigError(f"{self.setting}: cannot read the file: {error.strerror}") from None
        except ValueError:
            raise ConfigError(f"{self.setting}: must be the path of a file") from None


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate, with those between it and its authority behind it, and its private key."""

    certificate: File
    key: File


@dataclass(frozen=True, slots=True)
class PortFiles:
    """What makes a port speak TLS.

    Attributes:
        own: what the port shows.
        client_ca: the authorities of clients, who must show a certificate then; None if they need none.

    """

    own: Pair
    client_ca: File | None

    @property
    def all(self) -> list[File]:
        """All files."""
        return [self.own.certificate, self.own.key, *([self.client_ca] if self.client_ca else [])]


@dataclass(frozen=True, slots=True)
class Port:
    """The same, read and checked: for Python's ssl, and in PEM for libraries that have a TLS of their own."""

    context: ssl.SSLContext
    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)
    client_ca: bytes | None = field(repr=False)


def port(files: PortFiles) -> Port:
    """Reads the files. Raises ConfigError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # it costs the server more than the client
    context.set_alpn_protocols(["http/1.1"])
    certificate, key, *client_ca = [file.read() for file in files.all]
    show(context, files.own)
    if files.client_ca:
        trust(context, files.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return Port(context, certificate, key, client_ca[0] if client_ca else None)


def show(context: ssl.SSLContext, pair: Pair) -> None:
    """Has `context` show this certificate. Raises ConfigError."""
    pair.key.read()
    trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), pair.certificate)  # tells whether it is one at all

    def encrypted() -> str:
        raise ConfigError(f"{pair.key.setting}: is encrypted; give the key without a passphrase")

    try:
        context.load_cert_chain(pair.certificate.path, pair.key.path, encrypted)
    except ssl.SSLError as error:
        if error.reason in MISMATCHED:
            said = f"{pair.key.setting}: is not the key of {pair.certificate.setting}"
        elif error.reason in TOO_WEAK:
            said = f"{pair.certificate.setting}: is too weak for TLS"
        else:
            said = f"{pair.key.setting}: holds no private key in PEM"
        raise ConfigError(said) from None


def trust(context: ssl.SSLContext, authorities: File) -> None:
    """Has `context` trust these certificates, too. Raises ConfigError."""
    authorities.read()
    try:
        context.load_verify_locations(authorities.path)
    except ssl.SSLError:
        raise ConfigError(f"{authorities.setting}: holds no certificate in PEM") from None
