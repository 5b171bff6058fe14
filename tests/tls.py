"""A facade whose ports speak TLS, and clients of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import grpc
from cryptography import x509

from facade import sandbox
from facade.server import Running, running
from tests.certificates import HERE, Authority, Issued
from tests.faces.client import Face
from tests.faces.graphql import GraphqlFace
from tests.faces.rpc import GrpcFace
from tests.support import settings_for

PROTOCOL = {"grpc": "h2", "graphql": "http/1.1"}
SERVERS, CLIENTS = Authority("servers"), Authority("clients")
SERVICE = CLIENTS.issue("service.example", common_name="service")


def context(own: Issued | None = None, *protocols: str) -> ssl.SSLContext:
    """What a client speaks that shows this certificate."""
    made = ssl.create_default_context(cadata=SERVERS.pem.decode())
    if protocols:
        made.set_alpn_protocols(list(protocols))
    if own:
        with TemporaryDirectory() as folder:
            made.load_cert_chain(*own.write(Path(folder)))
    return made


def client(name: str, facade: Running, own: Issued | None = None) -> Face:
    """A client of one face, with connections of its own."""
    if name == "graphql":
        return GraphqlFace(facade.http, context(own))
    shown = (own.key, own.certificate) if own else (None, None)
    return GrpcFace(facade.grpc, grpc.ssl_channel_credentials(SERVERS.pem, *shown))


@dataclass(frozen=True)
class Secured:
    """A facade, a sandbox behind it, and the folder of its certificates."""

    facade: Running
    upstream: sandbox.Running
    folder: Path

    def port(self, face: str) -> int:
        """The port of a face."""
        return int((self.facade.grpc if face == "grpc" else self.facade.http).rpartition(":")[2])

    async def session(self, face: str, tls: ssl.SSLContext) -> ssl.SSLObject:
        """What a new connection to a face agrees on."""
        async with asyncio.timeout(20):
            _, writer = await asyncio.open_connection("127.0.0.1", self.port(face), ssl=tls)
        session: ssl.SSLObject = writer.get_extra_info("ssl_object")
        writer.transport.abort()
        return session

    async def serial(self, face: str, own: Issued | None = None) -> int:
        """Which certificate a new connection to a face is shown."""
        shown = (await self.session(face, context(own, PROTOCOL[face]))).getpeercert(binary_form=True)
        assert shown
        return x509.load_der_x509_certificate(shown).serial_number

    async def renewed(self, shown: Issued) -> None:
        """Returns when new connections to both faces are shown this certificate."""
        async with asyncio.timeout(20):
            while {await self.serial(face) for face in PROTOCOL} != {shown.serial}:
                pass


@asynccontextmanager
async def secured(folder: Path, *, mutual: bool = False, **changes: Any) -> AsyncIterator[Secured]:
    """The facade on free ports; `mutual` if clients must show a certificate of CLIENTS."""
    certificate, key = SERVERS.issue(*HERE).write(folder)
    tls = {"tls_certificate": certificate, "tls_key": key}
    if mutual:
        tls["tls_client_ca"] = CLIENTS.write(folder, "clients")
    async with (
        sandbox.running() as upstream,
        running(settings_for(upstream.url, **tls, **changes)) as facade,
    ):
        yield Secured(facade, upstream, folder)
