"""All paths of the HTTP port."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from facade.admission import Door
from facade.graphql.compression import GZIP, VARY, compressed, takes_gzip
from facade.graphql.websocket import WebSockets
from facade.upstreams.connect import Upstreams

BEST = 9  # the level of gzip that takes longest, and a file takes it once
BROWSED = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Views:
    """What is shown to people.

    Attributes:
        graphql: what a GET of /graphql is answered with, or None where it is no browser that asks.
        routes: everything else.

    """

    graphql: Callable[[Request], Awaitable[Response | None]] | None = None
    routes: Sequence[BaseRoute] = ()


NO_VIEWS = Views()


Page = Callable[[], Awaitable[bytes]]


def create(
    endpoint: ASGIApp,
    sockets: WebSockets,
    door: Door,
    upstreams: Upstreams,
    files: Mapping[str, tuple[bytes, str]],
    *,
    pages: Mapping[str, tuple[Page, str]] = MappingProxyType({}),
    views: Views = NO_VIEWS,
) -> ASGIApp:
    """The application: GraphQL, health for orchestrators, and `files` (path to content and media type).

    `pages` are files that are made when they are asked for, `views` what people look at.
    """

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def ready(request: Request) -> Response:
        """Whether it serves, whatever its upstreams do: sending callers elsewhere would not bring those back."""
        word, status = ("draining", 503) if door.leaving else ("ready", 200)
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"status": word, "upstreams": upstreams.states}, status)
        return PlainTextResponse(f"{word}\n", status)

    routes = [
        WebSocketRoute("/graphql", sockets),
        Route("/healthz", alive),
        Route("/readyz", ready),
        *(Route(path, serving(content, kind)) for path, (content, kind) in files.items()),
        *(Route(path, making(page, kind)) for path, (page, kind) in pages.items()),
        *views.routes,
    ]
    application = Starlette(routes=routes)
    application.router.redirect_slashes = False  # a redirect would repeat the Host that the client claims

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        """GraphQL at once: what starlette does around a request costs as much as reading it."""
        if scope["type"] == "http" and scope["path"] == "/graphql":
            if views.graphql is not None and scope["method"] in BROWSED:
                page = await views.graphql(Request(scope))
                if page is not None:
                    await page(scope, receive, send)
                    return
            await endpoint(scope, receive, send)
        else:
            await application(scope, receive, send)

    return dispatch


def making(page: Page, kind: str) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that returns what is so now."""

    async def endpoint(_request: Request) -> Response:
        return Response(await page(), headers={"cache-control": "no-store"}, media_type=kind)

    return endpoint


def serving(content: bytes, kind: str) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that returns a fixed file, which is compressed once."""
    small = compressed(content, BEST)

    async def endpoint(request: Request) -> Response:
        if takes_gzip(request.headers):
            return Response(small, headers=GZIP, media_type=kind)
        return Response(content, headers=VARY, media_type=kind)

    return endpoint
