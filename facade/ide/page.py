"""`GET /graphql` in a browser: the IDE, or how it is installed; and the files that it is made of."""

import asyncio
from html import escape
from importlib.resources import files as resources
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from facade.graphql.app import Views
from facade.graphql.site import Site
from facade.ide.cache import kept
from facade.ide.package import INTEGRITY, VERSION, ArchiveError, files
from facade.pages import EACH_TIME, FOREVER, SEALED, File, at_home, file, policy, served, wants_page

BASE = "graphql/ide/"  # seen from the page: it may stand below a path of a proxy
FILES = f"/{BASE}{{version}}/{{name:path}}"
OURS = "facade"  # the folder of what is ours among the files
FRAME = "iframe-sandbox/"  # where scripts that users write for their requests run, with an origin that is nobody's

# It makes <style> elements while it runs, some without the nonce that it could be given. Its scripts, and all that it
# asks for, are from here; it cannot load plugins, and reaches nobody with what it knows.
POLICY = policy(
    script_src="'self'",
    style_src="'self' 'unsafe-inline'",
    img_src="'self' data: blob:",
    font_src="'self' data:",
    connect_src="'self'",
    worker_src="'self'",
    frame_src="'self'",
    base_uri="'self'",
)
FRAME_POLICY = policy(
    sandbox="allow-scripts",
    script_src="'self' 'unsafe-eval'",
    style_src="'self'",
    worker_src="'self' blob:",
    base_uri="'self'",
    frame_ancestors="'self'",
) | {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "x-frame-options": "SAMEORIGIN",
}
MISSING_POLICY = policy(style_src="'self'", img_src="data:")


class Parts(NamedTuple):
    """The IDE, unpacked: its page, and its files by their paths."""

    page: File
    files: dict[str, File]


class Ide:
    """Serves the IDE that is kept in `place`, from the moment on when it is there.

    Args:
        place: the directory with the archive.
        address: scheme, host and port of the facade, for an example.
        wanted: the hash that the archive must have.

    """

    def __init__(self, place: Path, address: str, wanted: str = INTEGRITY) -> None:
        self._place = place
        self._address = address
        self._wanted = wanted
        self._lock = asyncio.Lock()
        self._parts: Parts | None = None
        ours = resources("facade.ide") / "site"
        self._ours = {name: file(name, (ours / name).read_bytes()) for name in ("start.js", "missing.css")}
        self._missing = (ours / "missing.html").read_text(encoding="utf-8")

    async def page(self, request: Request) -> Response:
        """The page at /graphql."""
        try:
            parts = await self._loaded()
        except ArchiveError as error:
            return self._how_to(f"The archive that is there cannot be used: {error}.")
        if parts is None:
            return self._how_to("It is not part of the facade, and not installed yet.")
        return served(request.headers, parts.page, EACH_TIME, POLICY)

    async def part(self, request: Request) -> Response:
        """A file of it."""
        name = request.path_params["name"]
        folder, _, ours = name.partition("/")
        found = self._ours.get(ours) if folder == OURS else None
        if found is None and self._parts is not None:
            found = self._parts.files.get(name)
        if found is None or request.path_params["version"] != VERSION:
            return PlainTextResponse("There is no such file.\n", 404, headers=SEALED)
        cache = EACH_TIME if folder == OURS else FOREVER
        return served(request.headers, found, cache, FRAME_POLICY if name.startswith(FRAME) else policy())

    async def _loaded(self) -> Parts | None:
        async with self._lock:
            if self._parts is None:
                self._parts = await asyncio.to_thread(self._load)
        return self._parts

    def _load(self) -> Parts | None:
        archive = kept(self._place, self._wanted)
        if archive is None:
            return None
        contents = files(archive)
        page = file("index.html", started(contents.pop("index.html").decode("utf-8")).encode())
        return Parts(page, {name: file(name, content) for name, content in contents.items()})

    def _how_to(self, why: str) -> Response:
        text = self._missing.replace("{base}", f"{BASE}{VERSION}/{OURS}/").replace("{version}", VERSION)
        text = text.replace("{endpoint}", f"{self._address}/graphql").replace("{why}", escape(why))
        headers = {"cache-control": "no-store", **SEALED, **MISSING_POLICY}
        return Response(text, media_type="text/html; charset=utf-8", headers=headers)


def started(page: str) -> str:
    """The archive's page, with our word on where its files are and what it is to ask."""
    base = '<base href="/" />'
    end = "</body>"
    if base not in page or end not in page:
        raise ArchiveError("its page is not what it was")
    script = f'<script type="module" src="{OURS}/start.js"></script>'
    return page.replace(base, f'<base href="{BASE}{VERSION}/">').replace(end, f"{script}{end}")


def views(ide: Ide, site: Site) -> Views:
    """Where the application shows it."""
    shown = at_home(site, ide.page)

    async def browsed(request: Request) -> Response | None:
        return await shown(request) if wants_page(request.headers) else None

    return Views(browsed, [Route(FILES, at_home(site, ide.part))])
