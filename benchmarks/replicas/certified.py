"""Certificates of an Envoy and of replicas, where `deploy/envoy/` has them."""

from pathlib import Path

from tests.certificates import HERE, Authority

REPLICAS = "facade-replicas"  # whom Envoy demands


def certified(folder: Path) -> tuple[bytes, dict[str, str]]:
    """Writes all to `folder`; returns the authority, and the settings of a replica."""
    authority = Authority()
    for each in ("edge", "replicas"):
        (folder / each).mkdir()
    edge = authority.issue(*HERE)
    (folder / "edge" / "tls.crt").write_bytes(edge.certificate)
    (folder / "edge" / "tls.key").write_bytes(edge.key)
    (folder / "replicas" / "ca.crt").write_bytes(authority.pem)
    certificate, key = authority.issue(REPLICAS).write(folder, "replica")
    return authority.pem, {"tls_certificate": certificate, "tls_key": key}
