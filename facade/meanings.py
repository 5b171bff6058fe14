"""What each reason means, and whether repeating the call helps: for people, where errors are explained to them."""

from dataclasses import dataclass

from facade.errors import Code, Reason


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reason means.

    Attributes:
        codes: those that it comes with.
        text: what has happened, in a sentence or two.
        repeat: whether to repeat the call: "yes" or "no", and what to mind.

    """

    codes: tuple[Code, ...]
    text: str
    repeat: str


# In the order in which a call can meet them: the request, the caller, the upstream's answer, load, the upstream itself.
MEANINGS: dict[Reason, Meaning] = {
    Reason.INVALID_REQUEST: Meaning(
        (Code.INVALID_ARGUMENT,),
        "A field is wrong. BadRequest (gRPC) or fieldViolations (GraphQL) names it.",
        "no: mend the request",
    ),
    Reason.QUERY_TOO_LARGE: Meaning(
        (Code.INVALID_ARGUMENT,),
        "GraphQL: the document is beyond one of the limits, which the message names.",
        "no: ask for less",
    ),
    Reason.QUERY_NOT_TRUSTED: Meaning(
        (Code.PERMISSION_DENIED,), "GraphQL: the document is not one of the trusted documents.", "no: list it"
    ),
    Reason.PERSISTED_QUERY_NOT_FOUND: Meaning(
        (Code.NOT_FOUND,), "GraphQL: the hash of a persisted query is not known.", "no: send the text with it"
    ),
    Reason.CALLER_NOT_AUTHENTICATED: Meaning(
        (Code.UNAUTHENTICATED,),
        "The facade authenticates its callers, and does not know this one.",
        "no: send an API key or a token",
    ),
    Reason.OPERATION_NOT_ALLOWED: Meaning(
        (Code.PERMISSION_DENIED,),
        "The facade's callers' file does not allow the caller this operation.",
        "no: ask the operator",
    ),
    Reason.MISSING_CREDENTIALS: Meaning(
        (Code.UNAUTHENTICATED,), "The request has no credentials for this upstream.", "no: send them"
    ),
    Reason.INVALID_CREDENTIALS: Meaning(
        (Code.UNAUTHENTICATED,), "Wrong e-mail address or password, or a header that cannot be read.", "no"
    ),
    Reason.INVALID_TOKEN: Meaning(
        (Code.UNAUTHENTICATED,), "The access token is wrong or has expired.", "no: get a new one"
    ),
    Reason.BASIC_REQUIRED: Meaning((Code.UNAUTHENTICATED,), "BPM takes no tokens.", "no: send Basic"),
    Reason.ACCESS_DENIED: Meaning((Code.PERMISSION_DENIED,), "The account may not use this API.", "no"),
    Reason.NOT_ADMINISTRATOR: Meaning(
        (Code.PERMISSION_DENIED,), "BPM: valid credentials, but not of an account administrator.", "no"
    ),
    Reason.USER_NOT_IN_CUSTOMER: Meaning(
        (Code.PERMISSION_DENIED,), "The account is not associated with the customer.", "no"
    ),
    Reason.CUSTOMER_INACTIVE: Meaning(
        (Code.FAILED_PRECONDITION,), "The customer is inactive, or there is no such customer.", "no"
    ),
    Reason.USER_NOT_FOUND: Meaning((Code.NOT_FOUND,), "Nobody in the BPM subscription has the address.", "no"),
    Reason.USER_ALREADY_EXISTS: Meaning(
        (Code.ALREADY_EXISTS,), "Somebody in the BPM subscription has the address.", "no"
    ),
    Reason.PLAN_REFUSED: Meaning(
        (Code.FAILED_PRECONDITION,),
        "A sync would delete more than max_deletes, or the caller itself, or the last administrator."
        " Nothing was changed.",
        "no: look at the plan",
    ),
    Reason.NOT_ATTEMPTED: Meaning(
        (Code.ABORTED,),
        "An item of a bulk operation that was never sent: the time was over, or the credentials were refused"
        " before its turn.",
        "yes, if what stopped the job passes: the message names it",
    ),
    Reason.LIST_CHANGED: Meaning((Code.ABORTED,), "The list of users changed while it was read.", "yes: read it again"),
    Reason.REQUEST_TOO_LARGE: Meaning(
        (Code.RESOURCE_EXHAUSTED,), "The request is too large for the upstream, or over HTTP for the facade.", "no"
    ),
    Reason.OUTCOME_UNKNOWN: Meaning(
        (Code.UNKNOWN,), "The answer to a write was lost; it may have taken effect.", "no: look first"
    ),
    Reason.OVERLOADED: Meaning(
        (Code.RESOURCE_EXHAUSTED,),
        "The facade serves as many requests as it may, or has no connection left.",
        "yes, after a pause",
    ),
    Reason.RATE_LIMITED: Meaning(
        (Code.RESOURCE_EXHAUSTED,),
        "The caller has as many requests, at a time or a second, as one caller may.",
        "yes, after a pause",
    ),
    Reason.SHUTTING_DOWN: Meaning(
        (Code.UNAVAILABLE,), "The facade is stopping.", "yes; a call that it cut off: look first"
    ),
    Reason.UPSTREAM_UNREACHABLE: Meaning(
        (Code.UNAVAILABLE,), "No connection, or a read whose answer was lost, or it was so again and again.", "yes"
    ),
    Reason.UPSTREAM_TIMEOUT: Meaning(
        (Code.DEADLINE_EXCEEDED, Code.UNAVAILABLE),
        "The time ran out, or a gateway gave up.",
        "yes; a write: look first",
    ),
    Reason.UPSTREAM_OVERLOADED: Meaning(
        (Code.RESOURCE_EXHAUSTED, Code.UNAVAILABLE),
        "The upstream answered 429 or 503, or has as many calls as it may.",
        "yes, after a pause",
    ),
    Reason.UPSTREAM_REJECTED: Meaning(
        (Code.INVALID_ARGUMENT, Code.ABORTED, Code.FAILED_PRECONDITION),
        "The upstream refused the request and did not say why.",
        "no",
    ),
    Reason.UPSTREAM_ERROR: Meaning(
        (Code.UNKNOWN,),
        "The upstream failed (5xx) and said nothing useful; a write may have taken effect.",
        "no: look first",
    ),
    Reason.UPSTREAM_MISCONFIGURED: Meaning(
        (Code.UNIMPLEMENTED,), "There is no such operation at the configured address.", "no: for the operator"
    ),
    Reason.UPSTREAM_NOT_CONFIGURED: Meaning(
        (Code.UNIMPLEMENTED,), "The upstream's URL is not set.", "no: for the operator"
    ),
    Reason.UPSTREAM_MALFORMED_RESPONSE: Meaning(
        (Code.INTERNAL,), "The upstream's answer is not what its contract says, or too large.", "no: report it"
    ),
    Reason.UPSTREAM_CREDENTIALS_REJECTED: Meaning(
        (Code.INTERNAL,),
        "The upstream, or a proxy on the way to it, refuses the facade's own credentials,"
        " or their account may not do this.",
        "no: for the operator",
    ),
    Reason.INTERNAL: Meaning(
        (Code.INTERNAL,), "A defect of the facade. The log has it under the request id.", "no: report it"
    ),
}
