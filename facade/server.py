"""The composition root: puts both faces in front of the upstreams, starts them, and drains them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial

import httpx

from facade.access.connect import accessed
from facade.admission import Door
from facade.assembly import (
    application,
    connected,
    connections,
    counting,
    executing,
    patience,
    quotas,
    seen,
    site,
    tracing,
)
from facade.bulk.connect import over
from facade.certificates import certificates
from facade.config import ConfigError, Settings
from facade.congestion import Congestion
from facade.graphql.turned_away import TurningAway
from facade.graphql.websocket import WebSockets
from facade.meters import UNMETERED
from facade.metrics.metrics import Metrics
from facade.ports import bound, shown
from facade.renewal import Kept, Renewal, renewing
from facade.rpc import server as rpc
from facade.rpc.calls import Gate
from facade.rpc.tls import credentials
from facade.showing import showing
from facade.tally import Tally
from facade.tls import Port
from facade.upstreams.document import fetched
from facade.upstreams.prober import probing
from facade.upstreams.transport import Transport
from facade.web import FLUSH, HttpServer, Shared, config


@dataclass(frozen=True, slots=True)
class Running:
    """A facade that serves.

    Attributes:
        grpc: host and port of gRPC.
        http: scheme, host and port of HTTP.
        door: what all requests pass.
        renewal: what reads certificates and callers anew.
        metrics: what all processes of the server have counted, or None where metrics are switched off.

    """

    grpc: str
    http: str
    door: Door
    renewal: Renewal
    metrics: Metrics | None = None


@asynccontextmanager
async def running(
    settings: Settings,
    transport: httpx.AsyncBaseTransport | None = None,
    *,
    shared: Shared | None = None,
    tally: Tally | None = None,
) -> AsyncIterator[Running]:
    """Serves until the block ends, then drains: no new requests, those in flight get `drain_timeout` seconds.

    Before that it serves on for `drain_delay` seconds, in which it says that it is not ready.
    `transport` sends the upstream calls; the default one uses the network. `shared` is the HTTP port's socket where
    other processes serve, too; they listen on the gRPC port as well then, and all count in `tally`. Raises ConfigError
    if an address cannot be listened on, or a certificate or another file that the settings name cannot be used.
    """
    files = certificates(settings)
    transport = transport or Transport(max_answer=settings.max_answer_bytes, tls=files.upstreams.current)
    async with (
        transport,
        tracing(settings, files.upstreams.current) as traced,
        accessed(settings.trust, partial(fetched, transport)) as access,
        renewing([*files.kept, *access.kept, *traced.kept], also=access.also) as renewal,
    ):
        metrics = counting(settings, tally)
        meters = metrics.meters if metrics else UNMETERED
        upstreams = connected(settings, transport, meters)
        door = Door(settings.max_in_flight, quotas(settings), Congestion(settings.max_lateness))
        bulk = over(
            upstreams, door, places=settings.bulk_concurrency, item_time=settings.default_timeout, meters=meters
        )
        face = await rpc.create(
            upstreams,
            bulk,
            Gate(
                door,
                settings.limits,
                settings.stream_limits,
                access.entrance,
                meters.finished("grpc"),
                meters.turned_away("grpc"),
                traced.tracer,
            ),
            connections(settings, shared=shared is not None),
            reflect=settings.switched_on(settings.reflection),
        )
        executor = executing(settings, upstreams, bulk, access.entrance, traced.tracer)
        own = bound("FACADE_HTTP_ADDRESS", settings.http_address)
        with nullcontext(shared) if shared else own as listener:
            http_url = f"{settings.scheme}://{shown(listener)}"
            grpc_port = listen(face, settings.grpc_address, files.port, shared=shared is not None)
            grpc_address = f"{settings.grpc_address.rpartition(':')[0]}:{grpc_port}"
            pages = showing(settings, site(settings), (grpc_address, http_url), metrics, upstreams)
            finished = meters.finished("graphql")
            sockets = WebSockets(executor, door, site(settings), idle=settings.keep_alive_timeout, finished=finished)
            http = HttpServer(
                config(
                    application(
                        settings,
                        executor,
                        sockets,
                        door,
                        upstreams,
                        metrics=metrics,
                        finished=finished,
                        views=pages.views,
                    ),
                    max_message=settings.max_request_bytes,
                    max_age=settings.max_connection_age,
                    idle=settings.keep_alive_timeout,
                    turned_away=TurningAway(door, meters.turned_away("graphql")),
                    leaving=lambda: door.leaving,
                ),
                patience(settings),
                contexts(files.port) if files.port else None,
            )
            serving = asyncio.create_task(http.serve([listener]))
            await http.listening.wait()
            await face.server.start()
            watching = metrics.watching(seen(door, upstreams)) if metrics else nullcontext()
            async with watching:  # to the end: how a facade drains is of interest, too
                try:
                    async with probing(upstreams.probed), pages.live():
                        yield Running(grpc_address, http_url, door, renewal, metrics)
                finally:
                    door.leaving = True
                    await face.health.enter_graceful_shutdown()
                    await asyncio.sleep(settings.drain_delay)  # until load balancers have noticed
                    await door.close(settings.drain_timeout)
                    await sockets.closed()
                    await face.server.stop(FLUSH)
                    http.stop()
                    await serving


def contexts(tls: Kept[Port]) -> Callable[[], ssl.SSLContext]:
    """What HTTP speaks at the moment."""
    return lambda: tls.current().context


def listen(face: rpc.RpcServer, address: str, tls: Kept[Port] | None, *, shared: bool) -> int:
    """Binds gRPC and returns its port. ConfigError if the address cannot be had, or not with this certificate.

    gRPC's TLS knows fewer kinds of keys than Python's.
    """
    if not shared:  # a shared one is kept for us by a socket that would be in the way here
        with bound("FACADE_GRPC_ADDRESS", address):
            pass  # gRPC's core would tell a failure on standard error, in its own words
    try:
        if tls:
            return face.server.add_secure_port(address, credentials(tls.current))
        return face.server.add_insecure_port(address)
    except RuntimeError:
        if tls:
            raise ConfigError(f"FACADE_TLS_CERTIFICATE: gRPC cannot listen on {address} with it") from None
        raise ConfigError(f"FACADE_GRPC_ADDRESS: cannot listen on {address}") from None
