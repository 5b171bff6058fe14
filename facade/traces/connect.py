"""Puts tracing together."""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from urllib.parse import unquote

from facade.errors import ConfigError
from facade.renewal import Kept
from facade.traces import otlp
from facade.traces.conventions import SCHEMA_URL
from facade.traces.exporter import Exporter, Reply
from facade.traces.tracer import Followed, Tracer

FAREWELL = 2.0  # seconds for the last spans
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # the name of a header (RFC 9110 section 5.6.2)
VALUE = re.compile(r"[\x21-\x7E](?:[\x20-\x7E]*[\x21-\x7E])?")
OURS = frozenset({"accept-encoding", "connection", "content-length", "content-type", "host", "transfer-encoding"})
Headers = Sequence[tuple[str, str]]
# Posts a body with headers to a URL. ConnectionError if there is no answer.
Posting = Callable[[str, Headers, bytes], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings say about traces.

    Attributes:
        endpoint: the URL that spans are posted to.
        share: of the requests that are recorded.
        followed: whose word is taken for which requests are recorded (see `Tracer`).
        service: what the facade is called.
        setting: the setting that has the headers for the collector.
        headers: reads them, as text. ConfigError if it cannot.
        files: the paths that they are read from.

    """

    endpoint: str
    share: float
    followed: Followed
    service: str
    setting: str
    headers: Callable[[], str] = field(repr=False)
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tracing:
    """What begins traces, if they are wanted, and what is read again when its files change."""

    tracer: Tracer | None = None
    kept: Sequence[Kept[Headers]] = ()


OFF = Tracing()


def kept(wanted: Wanted) -> Kept[Headers]:
    """The headers for the collector. ConfigError if they cannot be used."""

    def made() -> Headers:
        return headers(wanted.setting, wanted.headers())

    return Kept("headers for the collector of traces", wanted.files, made)


@asynccontextmanager
async def exporting(wanted: Wanted, posting: Posting) -> AsyncIterator[Tracing]:
    """Tracing until the block ends; then what is left is sent, for a moment. ConfigError if the headers are wrong."""
    given = kept(wanted)

    async def post(body: bytes) -> Reply:
        return await posting(wanted.endpoint, given.current(), body)

    exporter = Exporter(post, resource(wanted.service))
    sending = asyncio.create_task(exporter.run())
    try:
        yield Tracing(Tracer(wanted.share, wanted.followed, exporter.keep), [given] if given.files else [])
    finally:
        exporter.close()
        await asyncio.wait((sending,), timeout=FAREWELL)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        exporter.ended()


def headers(setting: str, text: str) -> Headers:
    """Headers written as name=value, with commas or line breaks between them, and %2C for a comma in a value.

    That is how OpenTelemetry writes them. ConfigError names the setting, and repeats nothing of what it holds.
    """
    found = []
    for pair in filter(None, map(str.strip, re.split(r"[,\r\n]", text))):
        name, equals, value = (part.strip() for part in pair.partition("="))
        value = unquote(value)
        if not (equals and TOKEN.fullmatch(name) and VALUE.fullmatch(value)) or name.lower() in OURS:
            raise ConfigError(f"{setting}: must be headers such as authorization=Bearer%20token,x-tenant=a")
        found.append((name.lower(), value))
    return found


def resource(service: str) -> bytes:
    """What a collector is told of this process."""
    given: dict[str, otlp.Value] = {
        "service.name": service,
        "service.version": version("facade"),
        "service.instance.id": secrets.token_hex(16),
        "process.pid": os.getpid(),
        "telemetry.sdk.name": "facade",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": version("facade"),
    }
    return otlp.resource_of(given, SCHEMA_URL)
