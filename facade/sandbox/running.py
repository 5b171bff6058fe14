"""The sandbox on a TCP port, in the event loop that is running."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from uvicorn.server import ServerState

from facade.sandbox.app import create_app
from facade.sandbox.options import Options
from facade.sandbox.protocol import Protocol
from facade.sandbox.state import State

_KEEP_ALIVE = 75
"""Seconds an idle connection stays open: what a common web server gives."""


@dataclass(frozen=True)
class Running:
    """A sandbox that listens at `url` (scheme, host and port, no slash at the end)."""

    url: str
    state: State


@asynccontextmanager
async def running(
    options: Options = Options(),  # noqa: B008 - it is frozen
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[Running]:
    """A sandbox that accepts connections until the block ends; port 0 picks a free one.

    At the end all connections are cut, requests in flight included, and nothing is waited for. It
    touches neither signal handlers nor logging: uvicorn gives the protocol, its server is not used.

    Raises:
        OSError: it cannot listen there.

    """
    app = create_app(options)
    connections = ServerState()
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    config.load()
    server = await asyncio.get_running_loop().create_server(
        lambda: Protocol(config, connections, {}), host, port, backlog=config.backlog
    )
    try:
        bound = server.sockets[0].getsockname()
        yield Running(_url(host, bound[1]), app.state.sandbox)
    finally:
        server.close()
        await _disconnect(connections)


async def serve(
    options: Options = Options(),  # noqa: B008 - it is frozen
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Run a sandbox until the task is cancelled; `ready` is called with its URL when it listens.

    Raises:
        OSError: it cannot listen there.

    """
    async with running(options, host, port) as sandbox:
        ready(sandbox.url)
        await asyncio.Event().wait()


async def _disconnect(connections: ServerState) -> None:
    """Cut all connections; their requests notice, and end by themselves."""
    await asyncio.sleep(0)  # a connection just accepted becomes one in the next turn of the loop
    while connections.connections or connections.tasks:
        for connection in list(connections.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
