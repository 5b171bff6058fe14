"""What the facade shows in browsers: files and pages, and the headers that keep them to themselves."""

import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from facade.graphql.accept import weight
from facade.graphql.compression import GZIP, VARY, compressed, takes_gzip
from facade.graphql.request import HttpError
from facade.graphql.site import Site

LEVEL = 6  # of gzip: a file is compressed once
TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml")
MORE_KINDS = {".woff2": "font/woff2", ".woff": "font/woff", ".js": "text/javascript", ".ico": "image/x-icon"}
HTML_TYPE = "text/html"
Show = Callable[[Request], Awaitable[Response]]
# Nobody else may frame a page, see where a visitor comes from, share its process, or take it for what it does not say.
SEALED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
FOREVER = "public, max-age=31536000, immutable"  # for addresses that name a version
EACH_TIME = "no-cache"  # kept, but asked for again: 304 if it is the same


@dataclass(frozen=True, slots=True)
class File:
    """What is served under one address.

    Attributes:
        content: its bytes.
        kind: its media type.
        small: the same bytes in gzip, or None where that would not help.
        tag: names the content (RFC 9110, section 8.8.3).

    """

    content: bytes = field(repr=False)
    kind: str
    small: bytes | None = field(repr=False)
    tag: str


def file(name: str, content: bytes) -> File:
    """A file, whose media type its name tells."""
    ending = name[name.rfind(".") :]
    kind = MORE_KINDS.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = kind.startswith(TEXT)
    small = compressed(content, LEVEL) if text else None
    return File(
        content,
        f"{kind}; charset=utf-8" if text else kind,
        small if small is not None and len(small) < len(content) else None,
        f'"{sha256(content).hexdigest()[:32]}"',
    )


def served(asked: Headers, found: File, cache: str, more: Mapping[str, str] | None = None) -> Response:
    """The answer to a request with these headers: the file, or 304 where the browser has it."""
    headers = {"etag": found.tag, "cache-control": cache, **VARY, **SEALED, **(more or {})}
    if found.tag in asked.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if found.small is not None and takes_gzip(asked):
        return Response(found.small, media_type=found.kind, headers=headers | GZIP)
    return Response(found.content, media_type=found.kind, headers=headers)


def policy(**directives: str) -> dict[str, str]:
    """The header of a content security policy that allows nothing but what is named (`script_src` for script-src)."""
    allowed = {"default_src": "'none'", "base_uri": "'none'", "form_action": "'none'", "frame_ancestors": "'none'"}
    said = (f"{name.replace('_', '-')} {value}" for name, value in (allowed | directives).items())
    return {"content-security-policy": "; ".join(said)}


def wants_page(asked: Headers) -> bool:
    """Whether who asks is a browser that is to show the answer; programs take anything, but do not name HTML."""
    items = (item.strip().lower().split(";") for item in ",".join(asked.getlist("accept")).split(","))
    return any(name.strip() == HTML_TYPE and weight(each.strip() for each in rest) > 0 for name, *rest in items)


def at_home(site: Site, show: Show) -> Show:
    """The same endpoint, for requests that name the site's hosts alone: others are answered 421."""

    async def checked(request: Request) -> Response:
        try:
            site.check(request.headers)
        except HttpError as refusal:
            return PlainTextResponse(f"{refusal}\n", refusal.status, headers=SEALED)
        return await show(request)

    return checked
