"""`python -m benchmarks.workers`: two workers under load on both faces, of which one is killed every five seconds.

Prints for each face the calls that were made, those that failed by their code, and the longest time in which no call
succeeded. It takes a minute, or fewer seconds if `MOST` calls have been made. All of it is on loopback.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import httpx

from benchmarks.serving import lines
from facade.v1 import publish_pb2, publish_pb2_grpc

SECONDS = 60.0
BETWEEN = 5.0  # seconds from one death to the next
MOST = 200_000  # calls
CALLERS = 8  # of each face, each with a connection of its own
PAUSE = 0.01  # seconds between two calls of a caller
DEADLINE = 30.0  # seconds of a call
CHECK = publish_pb2.CheckHealthRequest()
QUERY = {"query": "{ publishHealth { message } }"}


@dataclass
class Told:
    """What the callers of a face have seen: how many calls ended how, and the longest time without a success."""

    ends: Counter[str] = field(default_factory=Counter)
    last: float = field(default_factory=time.monotonic)
    longest: float = 0.0

    def add(self, end: str) -> None:
        """One more call has ended."""
        self.ends[end] += 1
        if end == "OK":
            now = time.monotonic()
            self.longest = max(self.longest, now - self.last)
            self.last = now


@contextmanager
def facade() -> Iterator[tuple[int, str, str]]:
    """A facade of two workers: the supervisor's process id, the address of gRPC, the URL of HTTP."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FACADE_")}
    environment |= {f"FACADE_{face}_ADDRESS": "127.0.0.1:0" for face in ("GRPC", "HTTP")}
    with subprocess.Popen(
        [sys.executable, "-m", "facade", "serve", "--sandbox", "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        try:
            words = " ".join(lines(process, "    -d '")).split()
            yield process.pid, words[words.index("gRPC") + 1], words[words.index("GraphQL") + 1]
        finally:
            process.terminate()


async def calling(call: Callable[[], Awaitable[str]], told: Told, until: float) -> None:
    """Calls on and on."""
    while time.monotonic() < until and told.ends.total() < MOST // 2:
        told.add(await call())
        await asyncio.sleep(PAUSE)


def over_grpc(channel: grpc.aio.Channel) -> Callable[[], Awaitable[str]]:
    """A call, which returns how it ended."""
    stub = publish_pb2_grpc.PublishServiceStub(channel)

    async def call() -> str:
        try:
            await stub.CheckHealth(CHECK, timeout=DEADLINE)
        except grpc.aio.AioRpcError as error:
            return error.code().name
        return "OK"

    return call


def over_http(client: httpx.AsyncClient, url: str) -> Callable[[], Awaitable[str]]:
    """The same over GraphQL."""

    async def call() -> str:
        try:
            answer = await client.post(url, json=QUERY)
        except httpx.TransportError as error:
            return type(error).__name__
        return "OK" if answer.status_code == httpx.codes.OK else str(answer.status_code)

    return call


async def killing(supervisor: int, until: float) -> int:
    """Kills one of the workers again and again; returns how many were killed."""
    killed = 0
    while time.monotonic() + BETWEEN < until:
        await asyncio.sleep(BETWEEN)
        os.kill(worker(supervisor), signal.SIGKILL)
        killed += 1
    return killed


def worker(supervisor: int) -> int:
    """The process id of one of the workers."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text(encoding="ascii").split()
    return int(random.choice(children))  # noqa: S311 - it is no secret


async def measure(supervisor: int, address: str, url: str) -> None:
    """Puts both faces under load, and prints what came of it."""
    until = time.monotonic() + SECONDS
    told = {"gRPC": Told(), "HTTP": Told()}
    own = (("grpc.use_local_subchannel_pool", 1),)  # else channels to one address are one connection
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            channel = await stack.enter_async_context(grpc.aio.insecure_channel(address, options=own))
            group.create_task(calling(over_grpc(channel), told["gRPC"], until))
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=DEADLINE))
            group.create_task(calling(over_http(client, url), told["HTTP"], until))
        killed = await killing(supervisor, until)
    print(f"{killed} workers killed")
    for face, seen in told.items():
        failed = {end: count for end, count in seen.ends.items() if end != "OK"}
        print(f"{face}: {seen.ends.total()} calls, failed {failed or 'none'}, {seen.longest:.3f} s without a success")


if __name__ == "__main__":
    with facade() as running:
        asyncio.run(measure(*running))
