"""What an upstream's answer means: a pure function of operation, status, headers and body.

First by meaning (the contract's known sentences, then the operation's own statuses), then by status. Total: every
status from 100 to 999 has exactly one meaning for each operation. Nothing of the answer but a known sentence gets into
an error's message.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time
from typing import Any, TypeVar

import orjson

from facade.errors import Code, FacadeError, Outcome, Reason
from facade.upstreams.operation import MalformedError, Meaning, Operation

T = TypeVar("T")

# Statuses of every upstream. A status in neither table is told by its class: see `by_class`.
BY_STATUS: dict[int, Meaning] = {
    400: (Code.INVALID_ARGUMENT, Reason.UPSTREAM_REJECTED),
    401: (Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS),
    403: (Code.PERMISSION_DENIED, Reason.ACCESS_DENIED),
    404: (Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED),
    405: (Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED),
    # The facade's own credentials, to a proxy between it and the upstream, are missing or refused.
    407: (Code.INTERNAL, Reason.UPSTREAM_CREDENTIALS_REJECTED),
    409: (Code.ABORTED, Reason.UPSTREAM_REJECTED),
    412: (Code.FAILED_PRECONDITION, Reason.UPSTREAM_REJECTED),
    413: (Code.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE),
    414: (Code.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE),
    422: (Code.INVALID_ARGUMENT, Reason.UPSTREAM_REJECTED),
    423: (Code.FAILED_PRECONDITION, Reason.UPSTREAM_REJECTED),
    428: (Code.FAILED_PRECONDITION, Reason.UPSTREAM_REJECTED),
    429: (Code.RESOURCE_EXHAUSTED, Reason.UPSTREAM_OVERLOADED),
    431: (Code.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE),
    501: (Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED),
    503: (Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED),
    511: (Code.INTERNAL, Reason.UPSTREAM_CREDENTIALS_REJECTED),
}
# Statuses after which nobody knows whether the upstream acted: (of a safe call, of an unsafe one).
LOST: tuple[Meaning, Meaning] = (
    (Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE),
    (Code.UNKNOWN, Reason.OUTCOME_UNKNOWN),
)
LATE: tuple[Meaning, Meaning] = (
    (Code.UNAVAILABLE, Reason.UPSTREAM_TIMEOUT),
    (Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT),
)
IN_DOUBT = {408: LOST, 502: LOST, 504: LATE}
MALFORMED: Meaning = (Code.INTERNAL, Reason.UPSTREAM_MALFORMED_RESPONSE)

MESSAGES: dict[Reason, str] = {
    Reason.INVALID_CREDENTIALS: "The upstream does not accept the credentials.",
    Reason.ACCESS_DENIED: "The account may not use this API.",
    Reason.NOT_ADMINISTRATOR: "The credentials are not those of an administrator of the account.",
    Reason.USER_NOT_FOUND: "No user of the subscription has this address.",
    Reason.USER_ALREADY_EXISTS: "A user of the subscription has this address already.",
    Reason.REQUEST_TOO_LARGE: "The request is too large for the upstream.",
    Reason.OUTCOME_UNKNOWN: "The upstream's answer was lost; the call may have taken effect.",
    Reason.UPSTREAM_UNREACHABLE: "The upstream cannot be reached.",
    Reason.UPSTREAM_TIMEOUT: "The upstream did not answer in time.",
    Reason.UPSTREAM_REJECTED: "The upstream rejected the request.",
    Reason.UPSTREAM_OVERLOADED: "The upstream is overloaded.",
    Reason.UPSTREAM_ERROR: "The upstream failed and did not say why.",
    Reason.UPSTREAM_MISCONFIGURED: "The upstream does not have this operation at its configured address.",
    Reason.UPSTREAM_NOT_CONFIGURED: "This upstream is not configured.",
    Reason.UPSTREAM_MALFORMED_RESPONSE: "The upstream's answer is not what its contract says.",
    Reason.UPSTREAM_CREDENTIALS_REJECTED: "The facade's own credentials were refused on the way to the upstream.",
}
LONGEST_WAIT = 3600.0  # seconds; a Retry-After beyond it says "not today", not when


def meaning(operation: Operation[T], upstream: str, status: int, headers: Mapping[str, str], body: bytes) -> T:
    """The operation's result, or a FacadeError raised. Headers have lower-case names."""
    document = None if operation.raw else parsed(body)
    known = operation.sentences.get(sentence(document))
    if known is not None:
        raise refused(known, sentence(document), upstream, status)
    if 200 <= status < 300:  # noqa: PLR2004 - the success class of RFC 9110
        try:
            return operation.read(document, body)
        except MalformedError:
            raise failed(MALFORMED, upstream, status, safe=operation.safe) from None
    own = operation.statuses.get(status)
    if own is not None:
        raise refused(own, MESSAGES[own[1]], upstream, status)
    raise by_status(status, headers, upstream, safe=operation.safe)


def by_status(status: int, headers: Mapping[str, str], upstream: str, *, safe: bool) -> FacadeError:
    """What an unsuccessful status means where neither a sentence nor the operation says more."""
    if status in BY_STATUS:
        known = BY_STATUS[status]
        wait = retry_after(headers) if known[1] is Reason.UPSTREAM_OVERLOADED else None
        return refused(known, MESSAGES[known[1]], upstream, status, wait)
    if status in IN_DOUBT:
        return failed(IN_DOUBT[status][0 if safe else 1], upstream, status, safe=safe)
    return by_class(status, upstream, safe=safe)


def by_class(status: int, upstream: str, *, safe: bool) -> FacadeError:
    """What the class of a status says: 4xx is a refusal, 5xx a failure, and the rest is no answer to our calls."""
    match status // 100:
        case 4:
            known = (Code.FAILED_PRECONDITION, Reason.UPSTREAM_REJECTED)
            return refused(known, MESSAGES[known[1]], upstream, status)
        case 5:
            return failed((Code.UNKNOWN, Reason.UPSTREAM_ERROR), upstream, status, safe=safe)
    return failed(MALFORMED, upstream, status, safe=safe)


def refused(known: Meaning, message: str, upstream: str, status: int, wait: float | None = None) -> FacadeError:
    """The upstream said no: the call had no effect."""
    return FacadeError(*known, message, upstream, status, retry_after=wait)


def failed(known: Meaning, upstream: str, status: int = 0, *, safe: bool) -> FacadeError:
    """The upstream did not say what became of the call: an unsafe one may have taken effect."""
    outcome = Outcome.NO_EFFECT if safe else Outcome.UNKNOWN
    return FacadeError(*known, MESSAGES[known[1]], upstream, status, outcome=outcome)


def parsed(body: bytes) -> Any:
    """The JSON value of a body, or None if it is empty or no JSON (orjson refuses NaN, bad UTF-8 and deep nesting)."""
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None


def sentence(document: Any) -> str:
    """The text in an answer's `message`, or ""."""
    message = document.get("message") if isinstance(document, dict) else None
    return message if isinstance(message, str) else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that Retry-After asks for (RFC 9110 section 10.2.3), at most an hour, or None."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value.lstrip("0")[:9] or "0"), LONGEST_WAIT))  # int() refuses thousands of digits
    try:
        seconds = parsedate_to_datetime(value).timestamp() - time()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)
