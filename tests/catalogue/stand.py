"""A sandbox, a proxy, a facade and both its faces; and what must be as it was when a trouble is over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facade import sandbox
from facade.server import Running, running
from facade.upstreams.transport import Transport
from tests.catalogue import canary
from tests.catalogue.proxy import Proxy, proxying
from tests.faces.client import Face, Failure
from tests.faces.graphql import GraphqlFace
from tests.faces.rpc import GrpcFace
from tests.support import settings_for, until

DESCRIPTORS = Path("/proc/self/fd")
LARGEST = 1_000_000  # bytes of an answer
NEVER = 1_000_000  # failures in a row: what each of them leads to is looked at here, not that they are many
LATE = "DEADLINE_EXCEEDED UPSTREAM_TIMEOUT"


def told(failure: Failure) -> str:
    """Code and reason. gRPC's client ends a call by itself, too, when its time is over, and knows no reason then."""
    return LATE if (failure.code, failure.reason) == ("DEADLINE_EXCEEDED", "") else f"{failure.code} {failure.reason}"


@dataclass(frozen=True)
class Stand:
    """All of it, running; calls are made as the planted account."""

    upstream: sandbox.Running
    proxy: Proxy
    facade: Running
    faces: dict[str, Face]

    async def call(self, name: str, operation: str, arguments: Any, timeout: float | None = None) -> dict[str, Any]:
        """The answer of a face. Raises Failure."""
        return await self.faces[name].call(operation, arguments, canary.HEADERS, timeout)

    async def failure(self, name: str, operation: str, arguments: Any, timeout: float | None = None) -> Failure:
        """The error that the call ends in."""
        try:
            answer = await self.call(name, operation, arguments, timeout)
        except Failure as failure:
            return failure
        raise AssertionError(f"the call succeeded: {answer}")

    async def clean(self) -> None:
        """A read and a write on each face, which must succeed."""
        for name in self.faces:
            found = await self.call(name, "GetUser", {"mail": "api@example.com"})
            assert found["user"]["mail"] == "api@example.com"
            answer = await self.call(name, "PublishEvent", {"event": {"entity": "clean"}})
            assert answer["message"] == "Data published successfully"

    def bodies(self, path: str, text: str) -> list[str]:
        """The bodies with `text` in them that reached the sandbox and were carried out there."""
        return [
            entry.body for entry in self.upstream.state.log.entries(path) if text in entry.body and entry.carried_out
        ]


@asynccontextmanager
async def standing(options: sandbox.Options | None = None, **changes: Any) -> AsyncIterator[Stand]:
    """The stand, with the facade's settings changed by `changes`. All upstreams are behind the proxy."""
    async with (
        sandbox.running(options or sandbox.Options(accounts=(canary.ACCOUNT,))) as upstream,
        proxying(upstream.url) as proxy,
        running(
            settings_for(proxy.url, **({"max_answer_bytes": LARGEST, "breaker_failures": NEVER} | changes)),
            Transport(max_answer=changes.get("max_answer_bytes", LARGEST)),
        ) as facade,
        GrpcFace(facade.grpc) as rpc,
        GraphqlFace(facade.http) as graphql,
    ):
        yield Stand(upstream, proxy, facade, {"grpc": rpc, "graphql": graphql})


def footprint() -> tuple[int, int]:
    """Tasks and descriptors of this process."""
    return len(asyncio.all_tasks()), len(list(DESCRIPTORS.iterdir()))


@asynccontextmanager
async def unharmed(stand: Stand, at_once: int = 0) -> AsyncIterator[None]:
    """After the block the facade serves on both faces, and has no more tasks, descriptors and calls than before.

    `at_once` calls of the block may have left a connection each for the next one, to the facade and to the proxy.
    """
    await stand.clean()
    tasks, descriptors = footprint()
    yield
    stand.proxy.calm()
    await stand.clean()

    def back() -> bool:
        now = footprint()
        return now[0] <= tasks + at_once and now[1] <= descriptors + 4 * at_once

    await until(lambda: stand.facade.door.in_flight == 0)
    await until(back, 10.0)
