"""All paths of the HTTP port."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

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
class Pages:
    """What is shown to people.

    Attributes:
        graphql: what a GET of /graphql is answered with, or None where it is no browser that asks.
        routes: everything else.

    """

    graphql: Callable[[Request], Awaitable[Response | None]] | None = None
    routes: Sequence[BaseRoute] = ()


NO_PAGES = Pages()


def create(
    endpoint: ASGIApp,
    sockets: WebSockets,
    door: Door,
    upstreams: Upstreams,
    files: Mapping[str, tuple[bytes, str]],
    *,
    pages: Pages = NO_PAGES,
) -> ASGIApp:
    """The application: GraphQL, health for orchestrators, `files` (path to content and media type), and `pages`."""

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def ready(request: Request) -> Response:
        """Whether it serves, whatever its upstreams do: sending callers elsewhere would not bring those back."""
        word, status = ("draining", 503) if door.closing else ("ready", 200)
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"status": word, "upstreams": upstreams.states}, status)
        return PlainTextResponse(f"{word}\n", status)

    routes = [
        WebSocketRoute("/graphql", sockets),
        Route("/healthz", alive),
        Route("/readyz", ready),
        *(Route(path, serving(content, kind)) for path, (content, kind) in files.items()),
        *pages.routes,
    ]
    application = Starlette(routes=routes)
    application.router.redirect_slashes = False  # a redirect would repeat the Host that the client claims

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        """GraphQL at once: what starlette does around a request costs as much as reading it."""
        if scope["type"] == "http" and scope["path"] == "/graphql":
            if pages.graphql is not None and scope["method"] in BROWSED:
                page = await pages.graphql(Request(scope))
                if page is not None:
                    await page(scope, receive, send)
                    return
            await endpoint(scope, receive, send)
        else:
            await application(scope, receive, send)

    return dispatch


def serving(content: bytes, kind: str) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that returns a fixed file, which is compressed once."""
    small = compressed(content, BEST)

    async def endpoint(request: Request) -> Response:
        if takes_gzip(request.headers):
            return Response(small, headers=GZIP, media_type=kind)
        return Response(content, headers=VARY, media_type=kind)

    return endpoint
