"""HTTP answers in gzip, for clients that ask for it; the others pay nothing but the look at an answer's length.

Not starlette's GZipMiddleware: it wraps every request, reads `gzip;q=0` as a wish for gzip, and cannot know which
answers hold secrets. Server-sent events are not compressed: gzip would hold each one back, or gain little.

BREACH reads a secret from the length of compressed answers that also hold a text of the attacker's choice. For that the
attacker's page must make a visitor's browser send requests with credentials, and it cannot: only application/json is
read, which needs a permission that the facade never gives (CORS). The only secrets in answers are tokens, and the
aliases of a document do stand beside them; so an answer for which the token API was asked is never compressed.
"""

import asyncio
import gzip
from collections.abc import Sequence

from starlette.datastructures import Headers

from facade.graphql.accept import weight

SMALLEST = (
    2048  # bytes; less fits into one or two packets, and arrives no sooner for the 0.08 ms that gzip takes at least
)
LEVEL = 1  # a page of 1000 users, 330 KB: 33 KB in 1.2 ms; level 6: 27 KB in 3.1 ms; level 9: 25 KB in 9.4 ms
LONGEST_WAIT = 256 * 1024  # bytes, about 1 ms; longer ones are compressed in a thread, and hold up nobody
SECRETS = "token"  # the upstream whose answers hold secrets
VARY = {"vary": "accept-encoding"}
GZIP = {"content-encoding": "gzip", **VARY}
ALIASES = ("gzip", "x-gzip", "*")  # of gzip in Accept-Encoding (RFC 9110, section 8.4.1.3)


def takes_gzip(headers: Headers) -> bool:
    """Whether the client asks for gzip, and does not prefer its answer as it is (RFC 9110, section 12.5.3)."""
    asked: dict[str, float] = {}
    for item in ",".join(headers.getlist("accept-encoding")).lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        asked[name] = weight(parameters)
    quality = next((asked[name] for name in ALIASES if name in asked), 0.0)
    return quality > 0 and quality >= asked.get("identity", 0.0)


async def encoded(body: bytes, upstreams: Sequence[str], headers: Headers) -> tuple[bytes, dict[str, str]]:
    """The body as it is to be sent, and the headers that say how.

    `upstreams` are those whose answers are in the body, and `headers` are the request's.
    """
    if len(body) < SMALLEST or SECRETS in upstreams:
        return body, {}
    if not takes_gzip(headers):
        return body, VARY
    if len(body) <= LONGEST_WAIT:
        return compressed(body), GZIP
    return await asyncio.to_thread(compressed, body), GZIP


def compressed(body: bytes, level: int = LEVEL) -> bytes:
    """The body in gzip."""
    return gzip.compress(body, level, mtime=0)
