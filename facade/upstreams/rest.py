"""The adapter: the one place that sends a call to an upstream and says what its answer means."""

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import TypeVar
from urllib.parse import quote

import httpx

from facade.caller import Caller
from facade.errors import Code, FacadeError, Outcome, Reason, internal, invalid
from facade.upstreams.meaning import MALFORMED, MESSAGES, failed, meaning
from facade.upstreams.operation import Meaning, Operation
from facade.upstreams.retry import Retries

T = TypeVar("T")
log = logging.getLogger(__name__)

UNREACHABLE: Meaning = (Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE)
TIMEOUT: Meaning = (Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT)
LONGEST_SEGMENT = 254  # characters; an address cannot be longer (RFC 5321, erratum 1690)
HEADERS = (
    (b"accept", b"application/json"),
    (b"accept-encoding", b"gzip"),
    (b"content-type", b"application/json"),
    (b"user-agent", b"facade"),
)
SIZED = frozenset({"POST", "PUT"})  # say their length even without a body (RFC 9110 section 8.6)

# How a call can fail below HTTP. The nearest class of an exception's ancestry counts; what is in none of these is a
# defect of ours (a request that httpx refuses to build).
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
LOST = (httpx.NetworkError, httpx.RemoteProtocolError)
LATE = (httpx.TimeoutException,)
UNREADABLE = (httpx.DecodingError,)


class Rest:
    """One upstream.

    Args:
        name: the upstream's name in errors and logs.
        base: its base URL without trailing slash, or None if it is not configured.
        transport: sends requests; shared by all upstreams.

    """

    def __init__(self, name: str, base: str | None, transport: httpx.AsyncBaseTransport) -> None:
        self.name = name
        self._base = base
        self._transport = transport
        self._retries = Retries()
        self._urls: dict[str, httpx.URL] = {}

    @property
    def configured(self) -> bool:
        """Whether there is an address to call."""
        return self._base is not None

    async def call(
        self,
        operation: Operation[T],
        caller: Caller,
        *,
        rest: str = "",
        headers: Iterable[tuple[str, str]] = (),
        content: bytes | None = None,
    ) -> T:
        """Makes the call within the caller's time and returns its result, or raises FacadeError.

        `rest` is what follows the operation's path, already encoded (see `segment`); `headers` carry the credentials.
        """
        request = built(
            operation.method, self._url(operation.path, rest), [("x-request-id", caller.request_id), *headers], content
        )
        self._retries.earn()
        tried = 0
        while True:
            tried += 1
            try:
                return await self._attempt(operation, caller, request)
            except FacadeError as error:
                pause = self._retries.pause(error, operation, tried, caller.remaining())
                if pause is None:
                    raise
            await asyncio.sleep(pause)

    async def _attempt(self, operation: Operation[T], caller: Caller, request: httpx.Request) -> T:
        if caller.remaining() <= 0:
            raise out_of_time(self.name)
        caller.ask(self.name)
        started = time.perf_counter()
        status = 0
        try:
            async with asyncio.timeout_at(caller.deadline):
                response = await self._transport.handle_async_request(request)
                body = await whole(response)
            status = response.status_code
        except TimeoutError:
            raise failed(TIMEOUT, self.name, safe=operation.safe) from None
        except httpx.HTTPError as error:
            raise without_answer(error, self.name, safe=operation.safe) from error
        finally:
            self._log(operation.name, caller.request_id, status, started)
        return meaning(operation, self.name, status, response.headers, body)

    def _url(self, path: str, rest: str) -> httpx.URL:
        if self._base is None:
            reason = Reason.UPSTREAM_NOT_CONFIGURED
            raise FacadeError(Code.UNIMPLEMENTED, reason, MESSAGES[reason], self.name)
        if rest:
            return httpx.URL(self._base + path + rest)
        if path not in self._urls:  # parsing a URL costs more than the rest of the request's building
            self._urls[path] = httpx.URL(self._base + path)
        return self._urls[path]

    def _log(self, operation: str, request_id: str, status: int, started: float) -> None:
        if log.isEnabledFor(logging.DEBUG):
            extra = {
                "upstream": self.name,
                "operation": operation,
                "upstream_status": status,
                "request_id": request_id,
                "ms": round((time.perf_counter() - started) * 1000, 2),
            }
            log.debug("upstream call", extra=extra)


def built(method: str, url: httpx.URL, headers: Iterable[tuple[str, str]], content: bytes | None) -> httpx.Request:
    """The request as httpx itself would build it. Given all headers as bytes it takes a fifth of the time."""
    given = [(b"host", url.netloc), *HEADERS, *((name.encode(), value.encode()) for name, value in headers)]
    if content is not None or method in SIZED:
        given.append((b"content-length", b"%d" % len(content or b"")))
    request = httpx.Request(method, url, headers=given, stream=httpx.ByteStream(content or b""))
    request.read()
    return request


async def whole(response: httpx.Response) -> bytes:
    """The body as it came. The transport has decoded it; httpx's own reading would look for more to decode."""
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - an asynchronous transport gives no other
    return b"".join([part async for part in response.stream])


def without_answer(error: httpx.HTTPError, upstream: str, *, safe: bool) -> FacadeError:
    """What it means that `error` came instead of an answer."""
    if isinstance(error, NOT_SENT):
        known = failed(UNREACHABLE, upstream, safe=True)
        known.outcome = Outcome.NOT_SENT
        return known
    if isinstance(error, LOST):
        unsafe: Meaning = (Code.UNKNOWN, Reason.OUTCOME_UNKNOWN)
        return failed(UNREACHABLE if safe else unsafe, upstream, safe=safe)
    if isinstance(error, LATE):
        return failed(TIMEOUT, upstream, safe=safe)
    if isinstance(error, UNREADABLE):
        return failed(MALFORMED, upstream, safe=safe)
    log.error("the request could not be made", exc_info=error)
    return internal()


def out_of_time(upstream: str) -> FacadeError:
    """The caller's time was over before the upstream was asked."""
    error = failed(TIMEOUT, upstream, safe=True)
    error.outcome = Outcome.NOT_SENT
    return error


def segment(value: str, field: str) -> str:
    """`value` as one percent-encoded path segment. INVALID_ARGUMENT about `field` if it cannot be one.

    Dot segments are refused because URL parsers resolve them even when encoded (WHATWG URL, "double-dot segment").
    """
    if not value:
        raise invalid(field, "must not be empty")
    if len(value) > LONGEST_SEGMENT:
        raise invalid(field, f"must not be longer than {LONGEST_SEGMENT} characters")
    if value in {".", ".."} or not value.isprintable():
        raise invalid(field, "must be an e-mail address")
    return quote(value, safe="")
