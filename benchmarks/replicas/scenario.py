"""Three replicas under load: one is killed, then another drained, then both are started again."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import httpx

from benchmarks.replicas.certified import certified
from benchmarks.replicas.envoy import Envoy, in_front
from benchmarks.replicas.facade import Replica, replicas
from benchmarks.replicas.load import Call, Load, calling
from benchmarks.replicas.process import line, running

COUNT = 3
SANDBOX = (sys.executable, "-m", "facade", "sandbox", "--address", "127.0.0.1:0")
TAKES = 0.05  # seconds that the upstream takes, so that there are calls in flight when something happens
DELAY = 5.0  # FACADE_DRAIN_DELAY, as in deploy/kubernetes
SOME = 300  # calls
NOTICED = 0.5  # seconds until Envoy, on a busy machine, has seen that connections are closed
SPAN = 12.0  # seconds in which the shares are counted, at most
LOOK = 0.25  # seconds from one look to the next
MOST = 60.0  # seconds that anything may take; a busy machine is slow
PATIENT = "3600"  # seconds that a replica may be late: it is not overload that is looked at


@dataclass
class Seen:
    """What came of it.

    Attributes:
        calls: all.
        even: the share of each replica in the calls of each cluster before anything happened, 1 being an even share.
        again: the same when all were there again.
        killed: addresses of the replica that was killed.
        dying: when it was killed, and when it was seen to have ended.
        drained: of the one that was drained.
        from_to: when its end was asked for, and when it had ended.
        status: its exit status.
        by: the replica that Envoy had given each failed call to at last, by request id.
        events: how often each event reached the upstream; of the latest.

    """

    calls: list[Call]
    even: dict[str, list[float]]
    again: dict[str, list[float]]
    killed: tuple[str, str]
    dying: tuple[float, float]
    drained: tuple[str, str]
    from_to: tuple[float, float]
    status: int
    by: dict[str, str] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> list[Call]:
        """The calls that did not succeed."""
        return [call for call in self.calls if call.end != "OK"]

    @property
    def unexplained(self) -> list[Call]:
        """Failed calls that were not in flight on the replica that was killed."""
        killed, gone = self.dying
        return [
            call
            for call in self.failed
            if call.ended < killed or call.began > gone + NOTICED or self.by.get(call.request_id) not in self.killed
        ]

    @property
    def twice(self) -> list[str]:
        """Events that reached the upstream more than once."""
        return [event for event, times in self.events.items() if times > 1]

    @property
    def uneven(self) -> float:
        """How far the share of a replica was from an even one, at most."""
        return max(abs(share - 1) for shares in (*self.even.values(), *self.again.values()) for share in shares)


@asynccontextmanager
async def standing(
    folder: Path, *origins: str, delay: float = DELAY, **settings: str
) -> AsyncIterator[tuple[Envoy, list[Replica], str, bytes]]:
    """Envoy, the replicas behind it, the URL of their upstream, and the authority of the certificates."""
    authority, files = certified(folder)
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running(*SANDBOX, log=folder / "sandbox.log"))
        upstream = (await line(sandbox, "sandbox")).split()[-1]
        given = {"drain_delay": str(delay), "max_lateness": PATIENT} | files | settings
        made = await stack.enter_async_context(replicas(COUNT, folder, upstream, **given))
        envoy = await stack.enter_async_context(in_front(folder, made, *origins))
        yield envoy, made, upstream, authority


async def failover(folder: Path, *, callers: int, calls: int) -> Seen:
    """With so many callers of each face; how even their calls are spread is seen from so many calls of each."""
    async with standing(folder) as (envoy, made, upstream, authority):
        async with httpx.AsyncClient(base_url=upstream) as control:
            fault = {"path": "/[bp]*", "delay": TAKES}  # all but the token
            (await control.put("/sandbox/faults", json=[fault])).raise_for_status()
            async with calling(envoy.address, authority, callers) as load:
                even = await shares(envoy, calls)
                first, second, _ = made
                killed_at = monotonic()
                await first.kill()
                dying = killed_at, monotonic()
                await envoy.until([first], healthy=False)
                await more(load)
                asked = monotonic()
                second.leave()
                status = await second.left()
                ended = monotonic()
                await more(load)
                await asyncio.gather(first.start(), second.start())
                await envoy.until(made)
                await more(load)  # what has just started is slow at first
                again = await shares(envoy, calls)
            seen = Seen(
                load.calls,
                even,
                again,
                (first.grpc, first.http),
                dying,
                (second.grpc, second.http),
                (asked, ended),
                status,
            )
            seen.events = await published(control)
        seen.by = {entry["request_id"]: entry["replica"] for entry in envoy.entries()}
        return seen


async def more(load: Load) -> None:
    """Returns when some more calls have ended."""
    enough = len(load.calls) + SOME
    async with asyncio.timeout(MOST):
        while len(load.calls) < enough:  # noqa: ASYNC110 - the load is not to tell of each call
            await asyncio.sleep(LOOK)


async def shares(envoy: Envoy, calls: int) -> dict[str, list[float]]:
    """What part of an even share each replica gets, by cluster, of the next calls: so many of each, if time allows."""
    before, end = await counted(envoy), monotonic() + SPAN
    new: dict[str, list[int]] = {}
    while not new or (any(sum(counts) < calls for counts in new.values()) and monotonic() < end):
        await asyncio.sleep(LOOK)
        new = {
            cluster: [count - before[cluster][address] for address, count in counts.items()]
            for cluster, counts in (await counted(envoy)).items()
        }
    return {cluster: [count * len(counts) / sum(counts) for count in counts] for cluster, counts in new.items()}


async def counted(envoy: Envoy) -> dict[str, dict[str, int]]:
    """How many calls each replica has got, by cluster and address."""
    return {
        cluster: {
            address: next(int(stat.get("value", 0)) for stat in host["stats"] if stat["name"] == "rq_total")
            for address, host in hosts.items()
        }
        for cluster, hosts in (await envoy.hosts()).items()
    }


async def published(control: httpx.AsyncClient) -> Counter[str]:
    """How often each of the latest events reached the upstream, by its body."""
    told = (await control.get("/sandbox/requests?path=/publish/*&fields=body")).json()["requests"]
    return Counter(entry["body"] for entry in told)
