"""What it means that a call had no answer."""

import logging

import httpx

from facade.errors import Code, FacadeError, Outcome, Reason, internal
from facade.upstreams.meaning import MALFORMED, failed
from facade.upstreams.operation import Meaning

log = logging.getLogger(__name__)

UNREACHABLE: Meaning = (Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE)
TIMEOUT: Meaning = (Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT)

# How a call can fail below HTTP. The nearest class of an exception's ancestry counts; what is in none of these is a
# defect of ours (a request that httpx refuses to build).
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout)
NONE_LEFT = (httpx.PoolTimeout,)
LOST = (httpx.NetworkError, httpx.RemoteProtocolError)
LATE = (httpx.TimeoutException,)
UNREADABLE = (httpx.DecodingError,)


def without_answer(error: httpx.HTTPError, upstream: str, *, safe: bool) -> FacadeError:
    """What it means that `error` came instead of an answer."""
    if isinstance(error, NOT_SENT):
        known = failed(UNREACHABLE, upstream, safe=True)
        known.outcome = Outcome.NOT_SENT
        return known
    if isinstance(error, NONE_LEFT):
        text = "The facade has no connection left."
        return FacadeError(Code.RESOURCE_EXHAUSTED, Reason.OVERLOADED, text, upstream, outcome=Outcome.NOT_SENT)
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
