"""The site that `/graphql` belongs to: the names that it goes by, and whose pages may call it.

Browsers attach cookies and Basic credentials to what a page sends, whatever site the page is from. A POST of JSON they
send only after they have asked (CORS), and nobody is allowed unless told; a WebSocket they open without asking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from facade.graphql.request import HttpError

PORTS = {"http": 80, "https": 443}
EXPOSED = ("x-request-id", "retry-after")  # headers of answers that pages of other sites can read


@dataclass(frozen=True, slots=True)
class Site:
    """What the settings say of it.

    Attributes:
        hosts: the names that a Host header may have, or `*.` before what they end with; any if there are none.
        origins: of the pages of other sites that may call it.

    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def check(self, headers: Headers) -> None:
        """HttpError 421 if the request is for another host: a name that an attacker made point here, for one."""
        if self.hosts and not self._named(headers.getlist("host")):
            raise HttpError(421, "The Host header names none of the hosts that are served here.")

    def _named(self, given: Sequence[str]) -> bool:
        """Whether there is one Host header, and it names one of the hosts."""
        if len(given) != 1:
            return False
        name = given[0].lower()
        if not name.endswith("]"):  # which ends an address of IPv6 without a port
            name = name.rpartition(":")[0] or name
        return any(name.endswith(each[1:]) if each.startswith("*.") else name == each for each in self.hosts)

    def shared(self, application: ASGIApp) -> ASGIApp:
        """The application with the headers of CORS; itself, at no cost, if no other site may call it."""
        if not self.origins:
            return application
        return CORSMiddleware(
            application,
            allow_origins=self.origins,
            allow_methods=("POST",),
            allow_headers=("*",),
            allow_credentials=True,
            expose_headers=EXPOSED,
        )

    def connectable(self, headers: Headers) -> bool:
        """Whether a WebSocket may be opened by whoever sent these headers; who is no browser says no origin."""
        origins = headers.getlist("origin")
        if self.hosts and not self._named(headers.getlist("host")):
            return False
        return origins in ([origin] for origin in self.origins) or same_origin(origins, headers.get("host", ""))


ANYWHERE = Site()


def same_origin(origins: Sequence[str], host: str) -> bool:
    """Whether a page of these origins (that browsers say; others say none) is of `host`, or there is no page."""
    if not origins:
        return True
    if len(origins) > 1:
        return False
    try:
        theirs = urlsplit(origins[0])
        ours = urlsplit(f"{theirs.scheme}://{host}")
        default = PORTS.get(theirs.scheme)
        same = (theirs.hostname, theirs.port or default) == (ours.hostname, ours.port or default)
    except ValueError:
        return False
    return default is not None and bool(theirs.hostname) and same
