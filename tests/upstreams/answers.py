"""Every operation of the adapter, and the sample answers of the upstreams."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facade.caller import Caller
from facade.domain.provisioning import NewUser, Window
from facade.domain.publish import Event, JsonObject, Kind, Record
from facade.domain.ticket import TicketUpdate
from facade.upstreams.connect import Upstreams

SAMPLES = Path(__file__).parents[1] / "samples"  # <upstream>/<case>/<status>.json, bodies as they come


@dataclass(frozen=True)
class Call:
    """One operation: the upstream it asks, whether it changes something, and the sample of its success."""

    upstream: str
    safe: bool
    success: str
    make: Callable[[Upstreams, Caller], Awaitable[Any]]


def publishing(kind: Kind) -> Call:
    record = Record(fields=JsonObject({"a": 1}))
    return Call(
        "publish",
        False,
        "publish/success/200",
        lambda up, who: up.publish.publish_record(kind, record, kind.value, who),
    )


CALLS = {
    # A login that is lost leaves nothing behind that matters: safe, though it is a POST.
    "GenerateToken": Call(
        "token", True, "token/success/200", lambda up, who: up.token.generate("api@example.com", "sandbox", who)
    ),
    "PublishEvent": Call(
        "publish", False, "publish/success/200", lambda up, who: up.publish.publish_event(Event(severity="4"), who)
    ),
    "PublishMetric": publishing(Kind.METRIC),
    "PublishEntityTopology": publishing(Kind.ENTITY_TOPOLOGY),
    "PublishServiceTopology": publishing(Kind.SERVICE_TOPOLOGY),
    "PublishHealthcheck": publishing(Kind.HEALTHCHECK),
    "CheckHealth": Call("publish", True, "publish/healthy/200", lambda up, who: up.publish.check_health(who)),
    "UpdateTicket": Call(
        "integration",
        False,
        "integration/success/200",
        lambda up, who: up.ticket.update(TicketUpdate("C-100", "s-1", 4), who),
    ),
    "ListUsers": Call("bpm", True, "bpm/list/200", lambda up, who: up.provisioning.page(Window(size=2, after=0), who)),
    "GetUser": Call("bpm", True, "bpm/user/200", lambda up, who: up.provisioning.get("ada@example.com", who)),
    "CreateUser": Call(
        "bpm",
        False,
        "bpm/created/201",
        lambda up, who: up.provisioning.create(NewUser("ada@example.com", "Ada", "Example"), who),
    ),
    "DeleteUser": Call("bpm", False, "bpm/deleted/204", lambda up, who: up.provisioning.delete("ada@example.com", who)),
}
PUBLISHING = [name for name in CALLS if name.startswith("Publish")]
IEM = [*PUBLISHING, "CheckHealth", "UpdateTicket"]
BPM = [name for name in CALLS if CALLS[name].upstream == "bpm"]
WITHOUT_BODY = ["CreateUser", "DeleteUser"]  # any body is a success: the contract does not give them
READING = [name for name in CALLS if name not in WITHOUT_BODY]


def sample(name: str) -> bytes:
    """The body of the sample `<upstream>/<case>/<status>`."""
    return (SAMPLES / f"{name}.json").read_bytes()
