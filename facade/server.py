"""The composition root: puts both faces in front of the upstreams, starts them, and drains them."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import httpx
import uvicorn
from starlette.applications import Starlette

from facade.admission import Door
from facade.bulk.connect import Bulk, over
from facade.config import ConfigError, Settings
from facade.graphql import app, schema
from facade.graphql.endpoint import Endpoint
from facade.graphql.execution import Executor
from facade.graphql.websocket import WebSockets
from facade.rpc import server as rpc
from facade.rpc.calls import Gate
from facade.upstreams.connect import Upstreams, connect
from facade.upstreams.transport import Transport

log = logging.getLogger(__name__)

FLUSH = 1.0  # seconds that the last answers get to leave after their requests are done
TICK = 1.0  # seconds between two dates in answers
PONG_TIME = (
    60.0  # seconds for the answer to a ping: a WebSocket client that reads nothing for so long is taken for gone
)
BACKLOG = 2048  # connections waiting to be accepted


@dataclass(frozen=True, slots=True)
class Running:
    """A facade that serves.

    Attributes:
        grpc: host and port of gRPC.
        http: scheme, host and port of HTTP.
        door: what all requests pass.

    """

    grpc: str
    http: str
    door: Door


class HttpServer(uvicorn.Server):
    """uvicorn, which leaves signals to us and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self._stopping = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to the command line, which drains both faces."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts and says so."""
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        """Renews the Date header each second until `stop`; uvicorn's own loop wakes ten times as often."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._stopping.wait()

    def stop(self) -> None:
        """Begins to end `serve`."""
        self.should_exit = True
        self._stopping.set()


@asynccontextmanager
async def running(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[Running]:
    """Serves until the block ends, then drains: no new requests, those in flight get `drain_timeout` seconds.

    `transport` sends the upstream calls; the default one uses the network. Raises ConfigError if an address cannot be
    listened on.
    """
    transport = transport or Transport(max_answer=settings.max_answer_bytes)
    async with transport:
        upstreams = connected(settings, transport)
        door = Door(settings.max_in_flight)
        bulk = over(upstreams, door, places=settings.bulk_concurrency, item_time=settings.default_timeout)
        face = await rpc.create(
            upstreams,
            bulk,
            Gate(door, settings.limits, settings.stream_limits),
            max_message=settings.max_request_bytes,
            reflect=settings.switched_on(settings.reflection),
        )
        executor = executing(settings, upstreams, bulk)
        with bound("FACADE_HTTP_ADDRESS", settings.http_address) as listener:
            grpc_port = listen(face, settings.grpc_address)
            sockets = WebSockets(executor, door)
            http = HttpServer(http_config(application(settings, executor, sockets, door), settings.max_request_bytes))
            serving = asyncio.create_task(http.serve([listener]))
            await http.listening.wait()
            await face.server.start()
            host = settings.grpc_address.rpartition(":")[0]
            try:
                yield Running(f"{host}:{grpc_port}", f"http://{shown(listener)}", door)
            finally:
                await face.health.enter_graceful_shutdown()
                await door.close(settings.drain_timeout)
                await sockets.closed()
                await face.server.stop(FLUSH)
                http.stop()
                await serving


def connected(settings: Settings, transport: httpx.AsyncBaseTransport) -> Upstreams:
    """The upstreams that `settings` name."""
    return connect(
        settings.addresses,
        transport,
        max_sessions=settings.max_sessions,
        login_timeout=settings.default_timeout,
        blurred=settings.blurred,
    )


def executing(settings: Settings, upstreams: Upstreams, bulk: Bulk) -> Executor:
    """What executes the operations of the GraphQL face."""
    introspection = settings.switched_on(settings.introspection)
    return Executor(upstreams, bulk, settings.limits, settings.stream_limits, introspection=introspection)


def application(settings: Settings, executor: Executor, sockets: WebSockets, door: Door) -> Starlette:
    """The HTTP face, with the schemas of both faces where they may be read."""
    files = {}
    if settings.switched_on(settings.introspection):
        files["/schema.graphql"] = (schema.sdl().encode(), "text/plain; charset=utf-8")
    if settings.switched_on(settings.reflection):
        files["/descriptor.binpb"] = (rpc.descriptor_set(), "application/octet-stream")
    endpoint = Endpoint(executor, door, max_body=settings.max_request_bytes)
    return app.create(endpoint, sockets, door, files)


def http_config(application: Starlette, max_message: int) -> uvicorn.Config:
    """Uvicorn as it is needed: no access log, no trust in forwarding headers, WebSocket messages of limited bytes."""
    return uvicorn.Config(
        application,
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=max_message,
        ws_per_message_deflate=False,  # a small message could become a large one
        ws_ping_timeout=PONG_TIME,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=round(FLUSH),
    )


@contextmanager
def bound(setting: str, address: str) -> Iterator[socket.socket]:
    """A listening socket. ConfigError if the address cannot be had."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's algorithm off only for sockets that say that they are TCP:
    # with it, each answer waits 40 ms for the client's delayed acknowledgement.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host.strip("[]"), int(port)))
            listener.listen(BACKLOG)
        except OSError as error:
            raise ConfigError(f"{setting}: cannot listen on {address}: {error.strerror}") from None
        yield listener


def listen(face: rpc.RpcServer, address: str) -> int:
    """Binds gRPC and returns its port. ConfigError if the address cannot be had."""
    with bound("FACADE_GRPC_ADDRESS", address):
        pass  # gRPC's core would tell a failure on standard error, in its own words
    try:
        return face.server.add_insecure_port(address)
    except RuntimeError:
        raise ConfigError(f"FACADE_GRPC_ADDRESS: cannot listen on {address}") from None


def shown(listener: socket.socket) -> str:
    """Host and port of a socket, as a URL has them."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
