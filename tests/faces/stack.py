"""A sandbox, a facade in front of it and one face of that facade, where a test wants them its own way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from facade import sandbox
from facade.server import Running, running
from tests.faces.client import Face
from tests.faces.graphql import GraphqlFace
from tests.faces.rpc import GrpcFace
from tests.support import settings_for

FACES = ("grpc", "graphql")


@dataclass(frozen=True)
class Stack:
    """All three, running."""

    upstream: sandbox.Running
    facade: Running
    face: Face


def client(name: str, facade: Running) -> Face:
    """A client of the face `name`."""
    return GrpcFace(facade.grpc) if name == "grpc" else GraphqlFace(facade.http)


@asynccontextmanager
async def standing(
    name: str,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    options: sandbox.Options = sandbox.Options(),  # noqa: B008 - it is frozen
    **changes: Any,
) -> AsyncIterator[Stack]:
    """The stack with the face `name`, the facade's settings changed by `changes`."""
    async with (
        sandbox.running(options) as upstream,
        running(settings_for(upstream.url, **changes), transport) as facade,
        client(name, facade) as face,
    ):
        yield Stack(upstream, facade, face)
