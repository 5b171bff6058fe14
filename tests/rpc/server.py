"""A gRPC server with hand-made services behind our handlers, for what no real service does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from facade.admission import Door
from facade.caller import Limits
from facade.rpc.calls import Gate, Handlers, handlers
from facade.rpc.server import Methods

GATE = Gate(Door(100), Limits(30.0, 60.0), Limits(60.0, 60.0))


@asynccontextmanager
async def serving(by_path: Handlers) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a server of these handlers."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Methods(by_path, (), GATE),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


@asynccontextmanager
async def served(service: object, descriptor: Any) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a server of this one service."""
    async with serving(handlers(service, descriptor, GATE)) as channel:
        yield channel
