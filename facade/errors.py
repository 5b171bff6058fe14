"""All failure there is: one exception, told alike by both faces.

    FacadeError
      code      a gRPC status name, the coarse answer ("what kind of thing went wrong")
      reason    a constant, the exact answer ("what to do about it")
      outcome   whether the call can have had an effect upstream

An upstream's answer becomes a FacadeError in `upstreams.meaning`, a lost connection in `upstreams.rest`; each face has
one table that turns it into its protocol (`rpc.errors`, `graphql.errors`). Messages are ours: nothing of an upstream's
body, address or headers is in them.
"""

import logging
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

log = logging.getLogger(__name__)


class ConfigError(Exception):
    """What keeps the facade from starting: a setting, or a file that one names, is wrong.

    The text is one line that names the setting and does not repeat its value.
    """

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(text.splitlines()))  # a key of a TOML file, or its name, may have several


class Code(StrEnum):
    """The gRPC codes that the facade can answer with (https://grpc.io/docs/guides/status-codes/)."""

    UNKNOWN = "UNKNOWN"
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    ABORTED = "ABORTED"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    INTERNAL = "INTERNAL"
    UNAVAILABLE = "UNAVAILABLE"
    UNAUTHENTICATED = "UNAUTHENTICATED"


class Reason(StrEnum):
    """Why, as a constant that clients can compare."""

    INVALID_REQUEST = "INVALID_REQUEST"
    QUERY_TOO_LARGE = "QUERY_TOO_LARGE"
    QUERY_NOT_TRUSTED = "QUERY_NOT_TRUSTED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    CALLER_NOT_AUTHENTICATED = "CALLER_NOT_AUTHENTICATED"
    OPERATION_NOT_ALLOWED = "OPERATION_NOT_ALLOWED"
    MISSING_CREDENTIALS = "MISSING_CREDENTIALS"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 - a name, no secret
    BASIC_REQUIRED = "BASIC_REQUIRED"
    ACCESS_DENIED = "ACCESS_DENIED"
    NOT_ADMINISTRATOR = "NOT_ADMINISTRATOR"
    CUSTOMER_INACTIVE = "CUSTOMER_INACTIVE"
    USER_NOT_IN_CUSTOMER = "USER_NOT_IN_CUSTOMER"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    USER_ALREADY_EXISTS = "USER_ALREADY_EXISTS"
    LIST_CHANGED = "LIST_CHANGED"
    PLAN_REFUSED = "PLAN_REFUSED"
    NOT_ATTEMPTED = "NOT_ATTEMPTED"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    OVERLOADED = "OVERLOADED"
    RATE_LIMITED = "RATE_LIMITED"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    UPSTREAM_UNREACHABLE = "UPSTREAM_UNREACHABLE"
    UPSTREAM_TIMEOUT = "UPSTREAM_TIMEOUT"
    UPSTREAM_REJECTED = "UPSTREAM_REJECTED"
    UPSTREAM_OVERLOADED = "UPSTREAM_OVERLOADED"
    UPSTREAM_ERROR = "UPSTREAM_ERROR"
    UPSTREAM_MISCONFIGURED = "UPSTREAM_MISCONFIGURED"
    UPSTREAM_NOT_CONFIGURED = "UPSTREAM_NOT_CONFIGURED"
    UPSTREAM_MALFORMED_RESPONSE = "UPSTREAM_MALFORMED_RESPONSE"
    UPSTREAM_CREDENTIALS_REJECTED = "UPSTREAM_CREDENTIALS_REJECTED"
    INTERNAL = "INTERNAL"


class Outcome(Enum):
    """Whether a call that failed can have had an effect upstream."""

    NOT_SENT = auto()  # nothing reached the upstream: even a write may be repeated
    NO_EFFECT = auto()  # the upstream refused it, or it was a read
    UNKNOWN = auto()  # a write that may have been carried out


# Reasons that pass by themselves: the same call may succeed a moment later.
PASSING = frozenset(
    {
        Reason.UPSTREAM_UNREACHABLE,
        Reason.UPSTREAM_TIMEOUT,
        Reason.UPSTREAM_OVERLOADED,
        Reason.OVERLOADED,
        Reason.RATE_LIMITED,
        Reason.SHUTTING_DOWN,
        Reason.LIST_CHANGED,
        Reason.NOT_ATTEMPTED,
    }
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One wrong field: its path in the request in proto names, such as `user.mail`, and what is wrong with it."""

    field: str
    description: str


@dataclass(eq=False)
class FacadeError(Exception):
    """A failure that the caller is told.

    Attributes:
        code: what kind of failure.
        reason: which one.
        message: a sentence of ours, or one of the upstream contract's known sentences.
        upstream: the upstream that was asked ("token", "publish", "integration", "bpm"), or "".
        upstream_status: the HTTP status it answered with, or 0 if there was no answer.
        retry_after: seconds after which the upstream asked to be called again, or None.
        outcome: whether the call can have had an effect.
        violations: the fields that are wrong, for INVALID_REQUEST.
        because: for NOT_ATTEMPTED, the failure that stopped the job.

    """

    code: Code
    reason: Reason
    message: str
    upstream: str = ""
    upstream_status: int = 0
    retry_after: float | None = None
    outcome: Outcome = Outcome.NO_EFFECT
    violations: tuple[Violation, ...] = field(default=())
    because: "FacadeError | None" = None

    def __str__(self) -> str:
        return f"{self.code} {self.reason}: {self.message}"

    @property
    def retryable(self) -> bool:
        """Whether repeating the same call is safe and may help."""
        passing = self.reason in PASSING and self.outcome is not Outcome.UNKNOWN
        return passing and (self.because is None or self.because.retryable)


def invalid(path: str, description: str) -> FacadeError:
    """INVALID_ARGUMENT about the field at `path` (proto names, such as `user.mail`)."""
    return FacadeError(
        Code.INVALID_ARGUMENT,
        Reason.INVALID_REQUEST,
        f"{path}: {description}",
        violations=(Violation(path, description),),
    )


def not_attempted(because: FacadeError) -> FacadeError:
    """An item of a bulk operation that was never sent, since `because` stopped the job. Worth repeating if that is."""
    return FacadeError(
        Code.ABORTED,
        Reason.NOT_ATTEMPTED,
        f"Not attempted ({because.reason}): {because.message}",
        retry_after=because.retry_after,
        outcome=Outcome.NOT_SENT,
        because=because,
    )


def internal() -> FacadeError:
    """The one thing a caller is told about a defect of ours."""
    return FacadeError(Code.INTERNAL, Reason.INTERNAL, "Internal error. The request id identifies it in the log.")


def masked(exception: BaseException) -> FacadeError:
    """What the caller is told about `exception`, which ends here; one that is no FacadeError is logged and masked."""
    if isinstance(exception, FacadeError):
        ended(exception)
        return exception
    log.error("unexpected exception", exc_info=exception)
    return internal()


def ended(exception: BaseException) -> None:
    """Has `exception` forget where it was raised, and from what.

    It holds the frames that it passed, which hold it: all of the request would wait for the garbage collector.
    """
    found: BaseException | None = exception
    while found is not None:
        found.__traceback__ = None
        before, found.__context__, found.__cause__ = found.__context__ or found.__cause__, None, None
        found = before
