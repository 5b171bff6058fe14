"""An authority, and what it issues for the facade and for a client: made for one run, on this machine."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

FOR = timedelta(hours=6)


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = named("facade-clients")
        basic = x509.BasicConstraints(ca=True, path_length=0)
        certificate = self._begun(self._name, self._key.public_key()).add_extension(basic, critical=True)
        self.path = self._written("authority.pem", certificate.sign(self._key, SHA256()).public_bytes(Encoding.PEM))

    def issued(self, name: str) -> tuple[str, str]:
        """The paths of a certificate for `name` at 127.0.0.1, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        own = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
        certificate = self._begun(named(name), key.public_key()).add_extension(own, critical=False)
        content = certificate.sign(self._key, SHA256()).public_bytes(Encoding.PEM)
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self._written(f"{name}.pem", content), self._written(f"{name}-key.pem", secret)

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())
            .not_valid_before(now - FOR)
            .not_valid_after(now + FOR)
        )

    def _written(self, name: str, content: bytes) -> str:
        path = self._folder / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        return str(path)


def named(name: str) -> x509.Name:
    """A subject."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
