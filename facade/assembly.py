"""The parts of a server, as the settings say: what `server` puts together."""

import platform
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import fields
from functools import partial
from importlib.metadata import version

import httpx
from starlette.types import ASGIApp

from facade.access.entrance import Entrance
from facade.access.operations import FIELDS, GATEWAYS, OPERATIONS
from facade.admission import Door
from facade.bulk.connect import Bulk
from facade.config import ConfigError, Settings
from facade.graphql import app, schema
from facade.graphql.endpoint import Endpoint
from facade.graphql.execution import Executor
from facade.graphql.extent import Bounds
from facade.graphql.site import Site
from facade.graphql.trusted import UntrustworthyError, listed
from facade.graphql.websocket import WebSockets
from facade.meters import UNMETERED, Meters
from facade.metrics.metrics import CONTENT_TYPE, Metrics
from facade.metrics.sampler import Seen
from facade.patience import Patience
from facade.quotas import Quotas
from facade.request_log import Finished, finished
from facade.rpc import server as rpc
from facade.tally import Tally
from facade.traces.connect import OFF, Tracing, exporting
from facade.traces.tracer import Tracer
from facade.upstreams.breaker import Breaker
from facade.upstreams.connect import Addresses, Upstreams, connect
from facade.upstreams.document import posted
from facade.upstreams.transport import Transport

MAX_REPLY = 64 * 1024  # bytes of a collector's answer
GRACE = 30.0  # seconds beyond the longest request until a connection that has reached its age is cut


def counting(settings: Settings, tally: Tally | None) -> Metrics | None:
    """The metrics of a server, or None where they are switched off. `tally` is where it counts, if not on its own."""
    if not settings.metrics:
        return None
    there = [each.name for each in fields(Addresses) if getattr(settings.addresses, each.name)]
    build = version("facade"), platform.python_version(), version("grpcio")
    return Metrics(sorted(OPERATIONS), FIELDS | GATEWAYS, there, build, tally or Tally())


def seen(door: Door, upstreams: Upstreams) -> Seen:
    """What metrics look at."""

    def state(breaker: Breaker) -> tuple[bool, bool]:
        return breaker.up, not breaker.closed

    return Seen(
        in_flight=lambda: door.in_flight,
        sessions=lambda: upstreams.sessions.kept,
        upstreams={name: partial(state, breaker) for name, breaker in upstreams.breakers.items()},
    )


def connected(settings: Settings, transport: httpx.AsyncBaseTransport, meters: Meters = UNMETERED) -> Upstreams:
    """The upstreams that `settings` name."""
    return connect(
        settings.addresses,
        transport,
        max_sessions=settings.max_sessions,
        login_timeout=settings.default_timeout,
        blurred=settings.blurred,
        protection=settings.protection,
        meters=meters,
    )


def quotas(settings: Settings) -> Quotas:
    """What each caller may have."""
    return Quotas(settings.max_in_flight_per_caller, settings.rate_per_caller, settings.burst_per_caller)


def patience(settings: Settings) -> Patience:
    """How long HTTP clients are waited for."""
    return Patience(
        head=settings.head_timeout,
        idle=settings.keep_alive_timeout,
        body=settings.max_timeout,
        rate=settings.min_body_rate,
    )


@asynccontextmanager
async def tracing(settings: Settings, tls: Callable[[], ssl.SSLContext]) -> AsyncIterator[Tracing]:
    """What begins traces, as long as the block lasts. Their collector has connections of its own, which speak `tls`."""
    if settings.traces is None:
        yield OFF
        return
    async with (
        Transport(max_answer=MAX_REPLY, tls=tls) as transport,
        exporting(settings.traces, partial(posted, transport)) as made,
    ):
        yield made


def site(settings: Settings) -> Site:
    """The names of the HTTP face, and whose pages may call it."""
    return Site(settings.trusted_hosts or (), settings.cors_origins or ())


def executing(
    settings: Settings,
    upstreams: Upstreams,
    bulk: Bulk,
    access: Entrance | None = None,
    tracer: Tracer | None = None,
) -> Executor:
    """What executes the operations of the GraphQL face. ConfigError if the documents that it trusts are not valid."""
    bounds = Bounds(
        settings.max_query_tokens,
        settings.max_query_depth,
        settings.max_query_aliases,
        settings.max_query_directives,
        settings.max_query_calls,
        settings.max_list_items,
    )
    try:
        return Executor(
            upstreams,
            bulk,
            settings.limits,
            settings.stream_limits,
            introspection=settings.switched_on(settings.introspection),
            bounds=bounds,
            access=access,
            federation=settings.federation,
            tracer=tracer,
            trusted=listed(settings.trusted_documents) if settings.trusted_documents else None,
        )
    except UntrustworthyError as error:
        raise ConfigError(f"FACADE_TRUSTED_DOCUMENTS: {error}") from None


def application(
    settings: Settings,
    executor: Executor,
    sockets: WebSockets,
    door: Door,
    upstreams: Upstreams,
    *,
    metrics: Metrics | None = None,
    finished: Finished = finished,
    views: app.Views = app.NO_VIEWS,
) -> ASGIApp:
    """The HTTP face, with the schemas of both faces where they may be read, `metrics` if there are any, and `views`."""
    files = {}
    if settings.switched_on(settings.introspection):
        files["/schema.graphql"] = (schema.sdl().encode(), "text/plain; charset=utf-8")
    if settings.switched_on(settings.reflection):
        files["/descriptor.binpb"] = (rpc.descriptor_set(), "application/octet-stream")
    of = site(settings)
    endpoint = Endpoint(executor, door, of, max_body=settings.max_request_bytes, finished=finished)
    pages = {"/metrics": (metrics.page, CONTENT_TYPE)} if metrics else {}
    return app.create(of.shared(endpoint), sockets, door, upstreams, files, pages=pages, views=views)


def connections(settings: Settings, *, shared: bool) -> rpc.Connections:
    """How gRPC keeps its connections: once old, for as long as a request may take that has begun on them."""
    longest = max(settings.bulk_timeout, settings.max_timeout)
    return rpc.Connections(
        settings.max_request_bytes,
        settings.max_connection_age,
        longest + GRACE,
        shared,
        handshake=settings.head_timeout,
        idle=settings.keep_alive_timeout,
    )
