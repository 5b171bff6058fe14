"""Which of the caller's credentials an upstream gets, and in which header (design: one table for all upstreams).

                 Basic                            token                  nothing
    publish      session's token as cookie        cookie, as it is       MISSING_CREDENTIALS
    integration  Authorization, as it is          cookie, as it is       MISSING_CREDENTIALS
    bpm          Authorization, as it is          BASIC_REQUIRED         MISSING_CREDENTIALS

Publish's row is in `publish.py`, which has the sessions.
"""

from facade.caller import Basic, Caller, Credentials, Own, Token
from facade.errors import Code, FacadeError, Reason

Header = tuple[str, str]
# What says that the account is not accepted, or may not use the API; the rest is about the request.
ABOUT_ACCOUNT = frozenset(
    {
        Reason.MISSING_CREDENTIALS,
        Reason.INVALID_CREDENTIALS,
        Reason.INVALID_TOKEN,
        Reason.ACCESS_DENIED,
        Reason.NOT_ADMINISTRATOR,
    }
)


def integration(caller: Caller) -> Header:
    """The header for the Integration API."""
    match caller.iem:
        case Basic() as basic:
            return authorization(basic)
        case Token(value):
            return cookie(value)
    raise missing("integration")


def bpm(caller: Caller) -> Header:
    """The header for BPM, which knows no tokens."""
    match caller.bpm:
        case Basic() as basic:
            return authorization(basic)
        case Token():
            raise FacadeError(
                Code.UNAUTHENTICATED,
                Reason.BASIC_REQUIRED,
                "BPM takes Basic credentials only: send x-bpm-authorization.",
                "bpm",
            )
    raise missing("bpm")


def authorization(basic: Basic) -> Header:
    """Basic credentials, as the caller sent them."""
    return "authorization", basic.header


def cookie(token: str) -> Header:
    """The one cookie that IEM wants."""
    return "cookie", f"access_token={token}"


def told(error: FacadeError, sent: Credentials | None) -> FacadeError:
    """The error as the caller is told it: if the credentials that were `sent` are the facade's, it cannot mend them."""
    if not isinstance(sent, Own) or error.reason not in ABOUT_ACCOUNT:
        return error
    return FacadeError(
        Code.INTERNAL,
        Reason.UPSTREAM_CREDENTIALS_REJECTED,
        f"The upstream refuses the facade's own account ({error.reason}).",
        error.upstream,
        error.upstream_status,
    )


def missing(upstream: str) -> FacadeError:
    """The caller sent nothing that `upstream` could check."""
    return FacadeError(
        Code.UNAUTHENTICATED,
        Reason.MISSING_CREDENTIALS,
        "The request carries no credentials for this upstream.",
        upstream,
    )
