"""TLS: what the ports show, whom they let in, and whom the upstream connections trust."""

from typing import Literal

from pydantic import BaseModel, Field, model_validator

from facade.settings.values import FilePath
from facade.tls import File, Pair, PortFiles


class TlsSettings(BaseModel):
    """Paths of PEM files. They are read at the start, and again when they change."""

    tls_certificate: FilePath | None = Field(None, description="Certificate of both ports, with its chain.")
    tls_key: FilePath | None = Field(None, description="Its private key.")
    tls_client_ca: FilePath | None = Field(None, description="Authorities of clients, who need a certificate then.")
    upstream_ca: FilePath | None = Field(None, description="Authorities of upstreams, beside the usual ones.")
    upstream_certificate: FilePath | None = Field(None, description="Certificate that upstreams are shown.")
    upstream_key: FilePath | None = Field(None, description="Its private key.")

    @model_validator(mode="after")
    def _belong_together(self) -> "TlsSettings":
        for one, other in (
            ("tls_certificate", "tls_key"),
            ("tls_key", "tls_certificate"),
            ("upstream_certificate", "upstream_key"),
            ("upstream_key", "upstream_certificate"),
            ("tls_client_ca", "tls_certificate"),
        ):
            if getattr(self, one) and not getattr(self, other):
                raise ValueError(f"{one}: needs {other}, too")
        return self

    @property
    def scheme(self) -> Literal["http", "https"]:
        """What URLs of the HTTP port begin with."""
        return "https" if self.tls_certificate else "http"

    @property
    def port_files(self) -> PortFiles | None:
        """What makes the ports speak TLS, or None if they do not."""
        own = self._pair("tls_certificate", "tls_key")
        return PortFiles(own, self._file("tls_client_ca")) if own else None

    @property
    def upstream_authorities(self) -> File | None:
        """Whom the upstream connections trust beside the usual authorities."""
        return self._file("upstream_ca")

    @property
    def upstream_pair(self) -> Pair | None:
        """What the upstream connections show."""
        return self._pair("upstream_certificate", "upstream_key")

    def _pair(self, certificate: str, key: str) -> Pair | None:
        first, second = self._file(certificate), self._file(key)
        return Pair(first, second) if first and second else None

    def _file(self, name: str) -> File | None:
        path = getattr(self, name)
        return File(f"FACADE_{name.upper()}", path) if path else None
