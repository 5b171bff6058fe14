"""The certificates that the settings name: read and checked at the start, and kept up to date from then on."""

import ssl
from dataclasses import dataclass

from facade.config import Settings
from facade.renewal import Kept
from facade.tls import Port, port
from facade.upstreams.trust import trusting, usual


@dataclass(frozen=True, slots=True)
class Certificates:
    """What is made of them.

    Attributes:
        port: for both ports; None if they speak plain text.
        upstreams: for connections to upstreams.

    """

    port: Kept[Port] | None
    upstreams: Kept[ssl.SSLContext]

    @property
    def kept(self) -> list[Kept[Port] | Kept[ssl.SSLContext]]:
        """Those that depend on files."""
        return [each for each in (self.port, self.upstreams) if each and each.files]


def certificates(settings: Settings) -> Certificates:
    """Reads all files. Raises ConfigError."""
    files = settings.port_files
    authorities, own = settings.upstream_authorities, settings.upstream_pair
    named = [authorities, own and own.certificate, own and own.key]
    paths = [file.path for file in named if file]
    return Certificates(
        Kept("TLS of the ports", [file.path for file in files.all], lambda: port(files)) if files else None,
        Kept("TLS towards upstreams", paths, (lambda: trusting(authorities, own)) if paths else usual),
    )
