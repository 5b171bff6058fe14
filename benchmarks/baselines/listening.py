"""How the Python baselines listen: on a port that the system chooses, told on standard output, until SIGTERM."""

import asyncio
import os
import signal
import socket
from typing import Any

import grpc
import uvicorn

ANY_PORT = "127.0.0.1:0"
GRACE = 1.0  # seconds that calls in flight get at the end


def upstream() -> str:
    """The base URL of the REST APIs."""
    return os.environ["UPSTREAM"].rstrip("/")


def announce(port: int) -> None:
    """Says that the server is ready."""
    print(f"127.0.0.1:{port}", flush=True)


async def serve_grpc(server: grpc.aio.Server) -> None:
    """Serves until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    port = server.add_insecure_port(ANY_PORT)
    await server.start()
    announce(port)
    await stop.wait()
    await server.stop(GRACE)


class Announcing(uvicorn.Server):
    """uvicorn, which says where it listens on standard output instead of in its log."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts and says so."""
        await super().startup(sockets)
        announce(self.servers[0].sockets[0].getsockname()[1])


def serve_http(application: Any) -> None:
    """Serves an ASGI application as in production until SIGTERM, which uvicorn handles.

    The event loop is uvicorn's choice. Its access log is off, which is in the baseline's favour: it is on by default,
    and the facade logs a line a request.
    """
    Announcing(
        uvicorn.Config(
            application,
            host="127.0.0.1",
            port=0,
            http="httptools",
            lifespan="off",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=round(GRACE),
        )
    ).run()
