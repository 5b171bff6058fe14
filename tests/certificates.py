"""Certificates, made when the tests run: a committed one would hold from some date to another."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

HOUR = timedelta(hours=1)
HERE = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Issued:
    """A certificate and its private key, both in PEM."""

    certificate: bytes
    key: bytes = field(repr=False)
    serial: int

    def write(self, folder: Path, name: str = "own") -> tuple[str, str]:
        """Writes both as one does who renews them: each under a new name that then takes the place of the old one."""
        paths = folder / f"{name}.pem", folder / f"{name}-key.pem"
        for path, content in zip(paths, (self.certificate, self.key), strict=True):
            new = path.with_suffix(".new")
            new.write_bytes(content)
            new.replace(path)
        return str(paths[0]), str(paths[1])


class Authority:
    """Issues certificates."""

    def __init__(self, name: str = "Authority of the tests") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = called(name)
        self._certificate = (
            begun(self._name, self._name, HOUR)
            .public_key(self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, SHA256())
        )

    @property
    def pem(self) -> bytes:
        """Its own certificate."""
        return self._certificate.public_bytes(Encoding.PEM)

    def write(self, folder: Path, name: str = "authority") -> str:
        """Writes its own certificate, and returns the path."""
        path = folder / f"{name}.pem"
        path.write_bytes(self.pem)
        return str(path)

    def issue(
        self,
        *names: str,
        common_name: str = "",
        ends: timedelta = HOUR,
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
        encryption: KeySerializationEncryption = NoEncryption(),  # noqa: B008 - it does not change
    ) -> Issued:
        """A certificate for DNS names, addresses, mail addresses and URIs, which ends so long from now."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        certificate = begun(called(common_name), self._name, ends).public_key(key.public_key())
        if names:
            certificate = certificate.add_extension(
                x509.SubjectAlternativeName([general(name) for name in names]), critical=False
            )
        signed = certificate.sign(self._key, SHA256())
        return Issued(
            signed.public_bytes(Encoding.PEM),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption),
            signed.serial_number,
        )


def encrypted(password: bytes) -> KeySerializationEncryption:
    """How to keep a key that only a password opens."""
    return BestAvailableEncryption(password)


def begun(subject: x509.Name, issuer: x509.Name, ends: timedelta) -> x509.CertificateBuilder:
    """What all certificates have."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 24 * HOUR)
        .not_valid_after(now + ends)
    )


def called(name: str) -> x509.Name:
    """A name of this common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])


def general(name: str) -> x509.GeneralName:
    """A name of the kind that it looks like."""
    if "://" in name:
        return x509.UniformResourceIdentifier(name)
    if "@" in name:
        return x509.RFC822Name(name)
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
