"""Two facades of the test's own process behind a real Envoy, which is skipped where there is none."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from benchmarks.replicas import envoy
from benchmarks.replicas.certified import certified
from facade import sandbox
from facade.server import Running, running
from tests.support import settings_for

PAGES = "https://app.example.com"  # whose pages may call
PATIENT = 60.0  # seconds
needed = pytest.mark.skipif(envoy.binary() is None, reason=envoy.MISSING)


@dataclass(frozen=True)
class Replica:
    """A facade, as Envoy is told of it."""

    facade: Running

    @property
    def grpc(self) -> str:
        """Host and port of gRPC."""
        return self.facade.grpc

    @property
    def http(self) -> str:
        """Host and port of HTTP."""
        return self.facade.http.rpartition("/")[2]


@dataclass(frozen=True)
class Edge:
    """All of it, running.

    Attributes:
        envoy: what stands in front.
        facades: what stands behind.
        upstream: theirs.
        authority: of all certificates, in PEM.
        channel: gRPC to Envoy.
        client: HTTP to Envoy.
        trusted: TLS of a client.

    """

    envoy: envoy.Envoy
    facades: list[Running]
    upstream: sandbox.Running
    authority: bytes
    channel: grpc.aio.Channel
    client: httpx.AsyncClient
    trusted: ssl.SSLContext


@asynccontextmanager
async def standing(folder: Path, *origins: str, **changes: Any) -> AsyncIterator[Edge]:
    """The edge, when Envoy has found both facades healthy."""
    authority, files = certified(folder)
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(sandbox.running())
        settings = settings_for(upstream.url, **files, **changes)
        facades = [await stack.enter_async_context(running(settings)) for _ in range(2)]
        made = [Replica(facade) for facade in facades]
        front = await stack.enter_async_context(envoy.in_front(folder, made, *(origins or (PAGES,))))
        channel = grpc.aio.secure_channel(front.address, grpc.ssl_channel_credentials(authority))
        trusted = ssl.create_default_context(cadata=authority.decode())
        client = httpx.AsyncClient(base_url=f"https://{front.address}", verify=trusted, timeout=PATIENT)
        await stack.enter_async_context(channel)
        await stack.enter_async_context(client)
        yield Edge(front, facades, upstream, authority, channel, client, trusted)
