"""The values of labels. Each is a name of ours, of the contract or of the schema; none comes from a request."""

from collections.abc import Iterable
from itertools import product

from facade.errors import Code, FacadeError, Reason
from facade.request_log import NO_OPERATION, SEVERAL_OPERATIONS

UPSTREAMS = ("token", "publish", "integration", "bpm")
OTHER = "other"  # an operation that is none of those below, which would be a defect
# The calls of each upstream, by the names that they have there.
CALLS = {
    "token": ("GenerateToken",),
    "publish": (
        "CheckHealth",
        "PublishEvent",
        "PublishMetric",
        "PublishEntityTopology",
        "PublishServiceTopology",
        "PublishHealthcheck",
    ),
    "integration": ("UpdateTicket",),
    "bpm": ("ListUsers", "GetUser", "CreateUser", "DeleteUser"),
}
ITEMS = (
    "PublishService/PublishBatch",
    "PublishService/PublishStream",
    "TicketService/UpdateTickets",
    "ProvisioningService/CreateUsers",
    "ProvisioningService/DeleteUsers",
    "ProvisioningService/SyncUsers",
    "ProvisioningService/GetUser",  # users that a gateway asks for, several at a time
)
# Why a request was refused before it was served: the loop is late and nothing was read; the facade is full; its caller
# has its share; the facade is draining.
SHED = {Reason.OVERLOADED: "full", Reason.RATE_LIMITED: "quota", Reason.SHUTTING_DOWN: "draining"}
CONGESTED = "congested"
# Why a call to an upstream was not made: it is down; it has as many calls as it may.
BREAKER, CONCURRENCY = "breaker", "concurrency"

# How requests and calls end. A face that ends a request itself gives no reason.
OUTCOMES: tuple[tuple[str, str], ...] = (
    ("OK", ""),
    ("CANCELLED", ""),
    ("DEADLINE_EXCEEDED", ""),
    ("UNIMPLEMENTED", ""),
    *((code.value, reason.value) for code, reason in product(Code, Reason)),
)
PLACES = {outcome: place for place, outcome in enumerate(OUTCOMES)}
CODES: tuple[tuple[str], ...] = (("OK",), *((code.value,) for code in Code))
CODE_PLACES = {code: number for number, (code,) in enumerate(CODES)}
BOUNDS = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
    120.0,
    600.0,
)


def operations(face: str, named: Iterable[str]) -> list[tuple[str, str]]:
    """Each face's operations, and what is counted where it is none of them."""
    several = (SEVERAL_OPERATIONS,) if face == "graphql" else ()
    return [(face, name) for name in (*named, *several, NO_OPERATION)]


def place(error: BaseException | None, code: str = "OK") -> int:
    """Which of OUTCOMES an end is: an error, or a code of the face."""
    if error is None:
        return PLACES[code, ""]
    if not isinstance(error, Exception):  # cancelled
        return PLACES["CANCELLED", ""]
    if not isinstance(error, FacadeError):  # a defect, which is masked further up
        return PLACES["INTERNAL", "INTERNAL"]
    return PLACES[error.code.value, error.reason.value]
