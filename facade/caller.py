"""Caller: the credentials, the deadline and the request id of one request, from the same headers on both faces.

authorization          Basic <base64>, or Bearer <access token>
cookie                 access_token=<access token>, where there is no authorization
x-iem-authorization    instead of either, for Publish and Integration; and x-bpm-authorization, for BPM
x-api-key              who calls, where the facade authenticates its callers: `access` has the rules for that
x-request-id           the caller's name for the request; one is made where it is missing or unusable
"""

import re
import time
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import getrandbits

from facade.errors import Code, FacadeError, Reason, invalid
from facade.traces import context
from facade.traces.span import Span

Headers = Mapping[str, Sequence[str]]
FOR_UPSTREAMS = frozenset({"x-iem-authorization", "x-bpm-authorization"})
HEADERS = FOR_UPSTREAMS | {"authorization", "cookie", "x-api-key", "x-request-id"} | context.HEADERS
# cookie-octet of RFC 6265 section 4.1.1: what can stand in a Cookie header as one value.
TOKEN = re.compile(r"[\x21\x23-\x2B\x2D-\x3A\x3C-\x5B\x5D-\x7E]+")
REQUEST_ID = re.compile(r"[\x21-\x7E]{1,128}")
CONTROL = re.compile(r"[\x00-\x1F\x7F]")
CONTROL_BYTE = re.compile(rb"[\x00-\x1F\x7F]")


@dataclass(frozen=True, slots=True)
class Basic:
    """An e-mail address and a password, as the value of an Authorization header."""

    header: str = field(repr=False)

    @classmethod
    def of(cls, email: str, password: str) -> "Basic":
        """The credentials as RFC 7617 writes them, in UTF-8. INVALID_ARGUMENT if it cannot write them."""
        for name, value in (("email", email), ("password", password)):
            if not value:
                raise invalid(name, "must not be empty")
            if CONTROL.search(value):
                raise invalid(name, "must not contain control characters")
        if ":" in email:
            raise invalid("email", "must not contain a colon: HTTP Basic cannot carry it")
        return cls("Basic " + b64encode(f"{email}:{password}".encode()).decode())

    @property
    def email(self) -> str:
        """The e-mail address; what is not UTF-8 in it is replaced."""
        decoded = b64decode(self.header.partition(" ")[2])
        return decoded.partition(b":")[0].decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Own(Basic):
    """Credentials of the facade's own: if an upstream refuses them, no caller can mend it."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token of IEM, fit to be sent as a cookie."""

    value: str = field(repr=False)


Credentials = Basic | Token


@dataclass(frozen=True, slots=True)
class Known:
    """A caller whom the facade has authenticated: its name, and its operations as `PublishService/PublishEvent`."""

    name: str
    operations: frozenset[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that a request has if its caller does not say, and at most."""

    default_timeout: float
    max_timeout: float


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's caller.

    Attributes:
        iem: credentials for Publish and Integration, or None.
        bpm: credentials for BPM, or None.
        deadline: when the request's time is over, on the clock of `time.monotonic` (which is asyncio's).
        request_id: the request's name in logs, errors and upstream calls.
        asked: the upstreams that were asked so far, in that order; for the log.
        known: who it is, where the facade authenticates its callers; None in pass-through.
        span: the span that its upstream calls are made in, or None where nothing is traced.

    """

    iem: Credentials | None
    bpm: Credentials | None
    deadline: float
    request_id: str
    asked: list[str] = field(default_factory=list, compare=False)
    known: Known | None = None
    span: Span | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(
        cls, headers: Headers, asked: float | None, limits: Limits, request_id: str, span: Span | None = None
    ) -> "Caller":
        """The caller that `headers` (lower-case names, those of HEADERS) describe.

        `asked` is the time in seconds that the caller grants, or None. Raises UNAUTHENTICATED for credentials that
        cannot be read: they are never passed on in the hope that an upstream understands them.
        """
        shared = credentials(headers)
        seconds = limits.default_timeout if asked is None else min(asked, limits.max_timeout)
        iem = authorization(headers, "x-iem-authorization") or shared
        bpm = authorization(headers, "x-bpm-authorization") or shared
        return cls(iem, bpm, time.monotonic() + seconds, request_id, span=span)

    def until(self, deadline: float) -> "Caller":
        """The same caller with another deadline: for one of several calls that a request makes."""
        return Caller(self.iem, self.bpm, deadline, self.request_id, self.asked, self.known, self.span)

    def ask(self, upstream: str) -> None:
        """Notes that `upstream` is asked."""
        if upstream not in self.asked:
            self.asked.append(upstream)

    def remaining(self) -> float:
        """Seconds left of the request's time; negative when it is over."""
        return self.deadline - time.monotonic()


def request_id(headers: Headers) -> str:
    """The caller's `x-request-id` if it is 1 to 128 visible ASCII characters, else a new one."""
    given = headers.get("x-request-id", ())
    if len(given) == 1 and REQUEST_ID.fullmatch(given[0]):
        return given[0]
    return getrandbits(128).to_bytes(16, "big").hex()  # a name, not a secret, and without a call of the system


def credentials(headers: Headers) -> Credentials | None:
    """What `authorization` says, or else the access_token cookie."""
    return authorization(headers, "authorization") or cookie(headers.get("cookie", ()))


def authorization(headers: Headers, name: str) -> Credentials | None:
    """The credentials in the header `name`, or None if it is not there."""
    values = headers.get(name, ())
    if not values:
        return None
    if len(values) > 1:
        raise unreadable(f"{name} was sent more than once.")
    scheme, _, rest = values[0].strip().partition(" ")
    rest = rest.strip()
    match scheme.lower():
        case "basic":
            return basic(rest, name)
        case "bearer":
            return token(rest, name)
    raise unreadable(f"{name} must be Basic or Bearer.")


def basic(encoded: str, name: str) -> Basic:
    """Basic credentials whose bytes are exactly the caller's."""
    try:
        decoded = b64decode(encoded, validate=True)
    except (Base64Error, ValueError):
        raise unreadable(f"{name} is not valid base64.") from None
    if decoded.find(b":") < 1 or CONTROL_BYTE.search(decoded):
        raise unreadable(f"{name} is not an e-mail address and a password.")
    return Basic("Basic " + b64encode(decoded).decode())  # one spelling, so that it has one session


def cookie(values: Sequence[str]) -> Token | None:
    """The token in the access_token cookie, or None if there is no such cookie."""
    pairs = (pair.strip().partition("=") for value in values for pair in value.split(";"))
    found = {value for name, _, value in pairs if name == "access_token"}
    if len(found) > 1:
        raise unreadable("cookie has more than one access_token.", Reason.INVALID_TOKEN)
    return token(found.pop(), "cookie") if found else None


def token(value: str, name: str) -> Token:
    """A token that can stand in a Cookie header without changing its meaning."""
    if not TOKEN.fullmatch(value):
        raise unreadable(f"{name} does not hold an access token.", Reason.INVALID_TOKEN)
    return Token(value)


def unreadable(message: str, reason: Reason = Reason.INVALID_CREDENTIALS) -> FacadeError:
    """Credentials that no upstream was asked about."""
    return FacadeError(Code.UNAUTHENTICATED, reason, message)
