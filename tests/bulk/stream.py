"""One PublishStream as a client makes it, and what the sandbox's log says about its items."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import grpc
import orjson
from google.rpc.error_details_pb2 import ErrorInfo

from facade import sandbox
from facade.sandbox.fault_reader import read_faults
from facade.v1 import bulk_pb2, publish_pb2_grpc
from facade.v1 import publish_pb2 as pb
from tests.support import basic

EVENTS = "/publish/allevents*"
Customer = Callable[[int], str]


def own(_number: int) -> str:
    """The caller's own customer, for each event."""
    return "C-100"


def items(count: int, customer: Customer = own) -> Iterable[pb.PublishItem]:
    """Events named by numbers; the number is in the body that the sandbox gets."""
    for number in range(count):
        event = pb.Event(entity_id=str(number), env_customer_id=customer(number), description="a" * 40)
        yield pb.PublishItem(item_id=str(number), event=event)


def now(upstream: sandbox.Running, *faults: dict[str, Any]) -> None:
    """Puts these faults in force instead of those before."""
    upstream.state.faults.replace(read_faults(orjson.dumps(faults)))


@dataclass
class Outcome:
    """What a client has been told.

    Attributes:
        results: the results by item, in the order in which they came.
        answers: how many there were.
        ended: the status that the stream ended with, or None as long as it goes on.

    """

    results: dict[str, bulk_pb2.ItemResult] = field(default_factory=dict)
    answers: int = 0
    ended: grpc.StatusCode | None = None

    def add(self, result: bulk_pb2.ItemResult) -> None:
        """One more result."""
        self.answers += 1
        self.results[result.item_id] = result

    def codes(self) -> Counter[int]:
        """How many items ended with each code."""
        return Counter(result.status.code for result in self.results.values())


async def published(
    address: str,
    records: Iterable[pb.PublishItem],
    *,
    timeout: float | None = None,
    after: Callable[[int], None] = lambda _: None,
    headers: dict[str, str] | None = None,
) -> Outcome:
    """Streams the records and reads all results; `after` is called with the number of each result."""
    outcome = Outcome()

    async def requests() -> AsyncIterator[pb.PublishStreamRequest]:
        for record in records:
            yield pb.PublishStreamRequest(item=record)

    async with grpc.aio.insecure_channel(address) as channel:
        stub = publish_pb2_grpc.PublishServiceStub(channel)
        call = stub.PublishStream(requests(), metadata=tuple((headers or basic()).items()), timeout=timeout)
        try:
            async for answer in call:
                outcome.add(answer.result)
                after(outcome.answers)
        except grpc.aio.AioRpcError:
            pass  # told by the code
        outcome.ended = await call.code()
    return outcome


def reason(result: bulk_pb2.ItemResult) -> str:
    """Why the item failed, or ""."""
    info = ErrorInfo()
    return info.reason if any(detail.Unpack(info) for detail in result.status.details) else ""


@dataclass(frozen=True)
class Seen:
    """What the sandbox's log says: how often it has each item.

    Attributes:
        got: with the request read.
        had: with its endpoint reached and not refused there, so that it has taken effect, answered or not.
        done: and answered 200.

    """

    got: Counter[str]
    had: Counter[str]
    done: Counter[str]


def seen(upstream: sandbox.Running) -> Seen:
    """What the sandbox has had of the stream."""
    return counted((entry.body, entry.status, entry.carried_out) for entry in upstream.state.log.entries(EVENTS))


def counted(calls: Iterable[tuple[str, int | None, bool]]) -> Seen:
    """The same from the bodies of the calls, the statuses of their answers, and whether they were carried out."""
    it = Seen(Counter(), Counter(), Counter())
    for body, status, carried_out in calls:
        if body:  # else the client went away while it sent it
            name = orjson.loads(body)["entityid"]
            it.got[name] += 1
            it.had[name] += carried_out and status in {None, 200}
            it.done[name] += status == 200
    return it


def disagreements(outcome: Outcome, log: Seen) -> list[str]:
    """The items of which the result says something else than the log."""
    return [f"{name}: {reason(result)}" for name, result in outcome.results.items() if not agrees(name, result, log)]


def agrees(name: str, result: bulk_pb2.ItemResult, log: Seen) -> bool:
    """Whether the result of an item and the log say the same."""
    if result.status.code == 0:
        return log.done[name] == 1 and log.had[name] == 1
    match reason(result):
        case "NOT_ATTEMPTED":
            return log.got[name] == 0
        case "OUTCOME_UNKNOWN" | "UPSTREAM_TIMEOUT":
            return log.had[name] <= 1
    return log.done[name] == 0
