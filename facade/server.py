"""The composition root: puts both faces in front of the upstreams, starts them, and drains them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

import httpx
from starlette.types import ASGIApp

from facade.admission import Door
from facade.bulk.connect import Bulk, over
from facade.config import ConfigError, Settings
from facade.congestion import Congestion
from facade.graphql import app, schema
from facade.graphql.endpoint import Endpoint
from facade.graphql.execution import Executor
from facade.graphql.turned_away import turning_away
from facade.graphql.websocket import WebSockets
from facade.ports import bound, shown
from facade.rpc import server as rpc
from facade.rpc.calls import Gate
from facade.upstreams.connect import Upstreams, connect
from facade.upstreams.prober import probing
from facade.upstreams.transport import Transport
from facade.web import FLUSH, HttpServer, Shared, config

GRACE = 30.0  # seconds beyond the longest request until a connection that has reached its age is cut


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


@asynccontextmanager
async def running(
    settings: Settings, transport: httpx.AsyncBaseTransport | None = None, *, shared: Shared | None = None
) -> AsyncIterator[Running]:
    """Serves until the block ends, then drains: no new requests, those in flight get `drain_timeout` seconds.

    `transport` sends the upstream calls; the default one uses the network. `shared` is the HTTP port's socket where
    other processes serve, too; they listen on the gRPC port as well then. Raises ConfigError if an address cannot be
    listened on.
    """
    transport = transport or Transport(max_answer=settings.max_answer_bytes)
    async with transport:
        upstreams = connected(settings, transport)
        door = Door(settings.max_in_flight, Congestion(settings.max_lateness))
        bulk = over(upstreams, door, places=settings.bulk_concurrency, item_time=settings.default_timeout)
        face = await rpc.create(
            upstreams,
            bulk,
            Gate(door, settings.limits, settings.stream_limits),
            connections(settings, shared=shared is not None),
            reflect=settings.switched_on(settings.reflection),
        )
        executor = executing(settings, upstreams, bulk)
        own = bound("FACADE_HTTP_ADDRESS", settings.http_address)
        with nullcontext(shared) if shared else own as listener:
            grpc_port = listen(face, settings.grpc_address, shared=shared is not None)
            sockets = WebSockets(executor, door)
            http = HttpServer(
                config(
                    application(settings, executor, sockets, door, upstreams),
                    max_message=settings.max_request_bytes,
                    max_age=settings.max_connection_age,
                    turned_away=turning_away(door),
                )
            )
            serving = asyncio.create_task(http.serve([listener]))
            await http.listening.wait()
            await face.server.start()
            host = settings.grpc_address.rpartition(":")[0]
            try:
                async with probing(upstreams.probed):
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
        protection=settings.protection,
    )


def executing(settings: Settings, upstreams: Upstreams, bulk: Bulk) -> Executor:
    """What executes the operations of the GraphQL face."""
    introspection = settings.switched_on(settings.introspection)
    return Executor(upstreams, bulk, settings.limits, settings.stream_limits, introspection=introspection)


def application(
    settings: Settings, executor: Executor, sockets: WebSockets, door: Door, upstreams: Upstreams
) -> ASGIApp:
    """The HTTP face, with the schemas of both faces where they may be read."""
    files = {}
    if settings.switched_on(settings.introspection):
        files["/schema.graphql"] = (schema.sdl().encode(), "text/plain; charset=utf-8")
    if settings.switched_on(settings.reflection):
        files["/descriptor.binpb"] = (rpc.descriptor_set(), "application/octet-stream")
    endpoint = Endpoint(executor, door, max_body=settings.max_request_bytes)
    return app.create(endpoint, sockets, door, upstreams, files)


def connections(settings: Settings, *, shared: bool) -> rpc.Connections:
    """How gRPC keeps its connections: once old, for as long as a request may take that has begun on them."""
    longest = max(settings.bulk_timeout, settings.max_timeout)
    return rpc.Connections(settings.max_request_bytes, settings.max_connection_age, longest + GRACE, shared)


def listen(face: rpc.RpcServer, address: str, *, shared: bool) -> int:
    """Binds gRPC and returns its port. ConfigError if the address cannot be had."""
    if not shared:  # a shared one is kept for us by a socket that would be in the way here
        with bound("FACADE_GRPC_ADDRESS", address):
            pass  # gRPC's core would tell a failure on standard error, in its own words
    try:
        return face.server.add_insecure_port(address)
    except RuntimeError:
        raise ConfigError(f"FACADE_GRPC_ADDRESS: cannot listen on {address}") from None
