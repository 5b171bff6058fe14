"""What the IEM APIs have in common: the sentences in `message` that say what went wrong (contract sections 2 and 3)."""

from typing import Any

from facade.errors import Code, Reason
from facade.upstreams.meaning import sentence
from facade.upstreams.operation import MalformedError, Meaning

# The status alone does not tell: these APIs answer 401 to tenant errors too, and 400 or 401 or 403 to the same error.
SENTENCES: dict[str, Meaning] = {
    "Missing access token": (Code.UNAUTHENTICATED, Reason.MISSING_CREDENTIALS),
    "Invalid access token": (Code.UNAUTHENTICATED, Reason.INVALID_TOKEN),
    "Invalid credentials": (Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS),
    "Access denied": (Code.PERMISSION_DENIED, Reason.ACCESS_DENIED),
    "Data has been sent for inactive customer": (
        Code.FAILED_PRECONDITION,
        Reason.CUSTOMER_INACTIVE,
    ),
    "User is not associated with the customer": (
        Code.PERMISSION_DENIED,
        Reason.USER_NOT_IN_CUSTOMER,
    ),
}
SUCCESSES = frozenset({"Data published successfully", "API is running", "Success"})


def read_message(document: Any, _body: bytes) -> str:
    """The sentence of a success: one of the contract's, or "" where the upstream words it otherwise."""
    if not isinstance(document, dict) or not isinstance(document.get("message"), str):
        raise MalformedError("no message")
    said = sentence(document)
    return said if said in SUCCESSES else ""
