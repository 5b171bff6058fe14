"""`GET /`: the console, put together when the facade starts, and the files that belong to it."""

from collections.abc import Iterable
from importlib.resources import files as resources

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from facade.console import overview, reference
from facade.console.about import About
from facade.console.events import Events
from facade.console.markup import Markup, joined, tag, void
from facade.console.operations import Operation
from facade.graphql.site import Site
from facade.pages import EACH_TIME, SEALED, at_home, file, policy, served

FILES = ("console.css", "console.js", "charts.js", "icon.svg")
FOLDER = "console/"  # seen from the page: it may stand below a path of a proxy
POLICY = policy(script_src="'self'", style_src="'self'", img_src="'self'", connect_src="'self'")
PARTS = (
    ("runs", "What runs"),
    ("traffic", "Traffic"),
    ("upstreams", "Upstreams"),
    ("operations", "Operations"),
    ("errors", "Codes and reasons"),
    ("schemas", "Schemas"),
)


def routes(about: About, all_operations: Iterable[Operation], events: Events, site: Site) -> list[BaseRoute]:
    """Where it is served; for requests that name the site's hosts alone."""
    page = file("index.html", written(about, all_operations).encode())
    ours = resources("facade.console") / "site"
    parts = {name: file(name, (ours / name).read_bytes()) for name in FILES}

    async def show(request: Request) -> Response:
        return served(request.headers, page, EACH_TIME, POLICY)

    async def show_part(request: Request) -> Response:
        found = parts.get(request.path_params["name"])
        if found is None:
            return PlainTextResponse("There is no such file.\n", 404, headers=SEALED)
        return served(request.headers, found, EACH_TIME, policy())

    return [
        Route("/", at_home(site, show)),
        Route(f"/{FOLDER}events", events, methods=["GET"]),
        Route(f"/{FOLDER}{{name}}", at_home(site, show_part)),
    ]


def written(about: About, all_operations: Iterable[Operation]) -> str:
    """The page as HTML."""
    head = tag(
        "head",
        void("meta", charset="utf-8"),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="color-scheme", content="light dark"),
        tag("title", "facade console"),
        void("link", rel="icon", href=f"{FOLDER}icon.svg", type="image/svg+xml"),
        void("link", rel="stylesheet", href=f"{FOLDER}console.css"),
        tag("script", type="module", src=f"{FOLDER}console.js"),
    )
    body = tag(
        "body",
        tag("a", "To the content", href="#main", class_="skip"),
        banner(about),
        tag(
            "main",
            overview.running(about),
            overview.traffic(about),
            overview.upstreams(about),
            reference.operations(about, all_operations),
            reference.errors(),
            reference.schemas(about),
            id="main",
        ),
        tag("footer", tag("p", f"facade {about.version}. Nothing on this page is asked of any other host.")),
        data_http=about.target.http,
        data_grpc=about.target.grpc,
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def banner(about: About) -> Markup:
    """The top of the page: what it is, whether it is live, and its parts."""
    links = (tag("li", tag("a", title, href=f"#{name}")) for name, title in PARTS)
    return joined(
        tag(
            "header",
            tag("h1", "facade"),
            tag("span", about.version, class_="version"),
            tag("span", about.mode, class_=f"chip {about.mode}"),
            tag("p", "connecting …", id="live", role="status"),
            class_="banner",
        ),
        tag("nav", tag("ul", *links), aria_label="Parts of the page"),
    )
