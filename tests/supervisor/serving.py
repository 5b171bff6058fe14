"""`facade serve --sandbox --workers N` as processes, which of them answered what, and callers who go on calling."""

import asyncio
import json
import os
import signal
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx

from facade.v1 import publish_pb2, publish_pb2_grpc
from tests.graphql.socket import HEALTH, UP
from tests.readme.processes import BIN, START, WELCOME, environment, started, stdout
from tests.support import until

LONG = 60.0  # seconds; generous: a busy machine that measures coverage is slow to start a process
PAUSE = 0.02  # seconds between two calls of a caller: they are to be there all the time, not to fill the machine
CHECK = publish_pb2.CheckHealthRequest()


@dataclass
class Served:
    """A facade of several workers.

    Attributes:
        process: the supervisor.
        grpc: host and port.
        http: URL of HTTP.
        sandbox: URL of the sandbox.
        log: the file of its log.
        pids: the worker processes that became ready last, by their numbers.
        answered: the number of the worker that answered a request, by its id.

    """

    process: Process
    grpc: str
    http: str
    sandbox: str
    log: Path
    pids: dict[int, int] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    _read: int = 0

    def read(self) -> "Served":
        """Reads on in the log."""
        with self.log.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                entry = json.loads(line)
                if entry["event"] == "worker ready":
                    self.pids[entry["worker"]] = entry["pid"]
                elif entry["event"] == "request":
                    self.answered[entry["request_id"]] = entry["worker"]
        return self

    async def replaced(self, number: int) -> None:
        """Kills a worker, and returns when another process is ready in its place."""
        pid = self.read().pids[number]
        os.kill(pid, signal.SIGKILL)
        await until(lambda: self.read().pids[number] != pid, LONG)


@asynccontextmanager
async def serving(folder: Path, workers: int = 2) -> AsyncIterator[Served]:
    """The facade on free ports, from its welcome on."""
    free = {"FACADE_GRPC_ADDRESS": "127.0.0.1:0", "FACADE_HTTP_ADDRESS": "127.0.0.1:0", "FACADE_LOG_FORMAT": "json"}
    command = (str(BIN / "facade"), "serve", "--sandbox", "--workers", str(workers))
    log = folder / "log"
    with log.open("ab") as errors:
        async with started(*command, env=environment(**free), cwd=folder, errors=errors.fileno()) as process:
            printed = ""
            async with asyncio.timeout(START):
                while "-d '" not in printed:
                    line = await stdout(process).readline()
                    assert line, log.read_text()
                    printed += line.decode()
            found = WELCOME.match(printed)
            assert found
            assert printed.count(" mode\n") == 1, "one welcome, not one a worker"
            assert f"\n  workers  {workers}\n" in printed
            yield Served(process, found["grpc"], f"http://{found['http']}", found["sandbox"], log)


@dataclass
class Caller:
    """Somebody with one connection.

    Attributes:
        face: "grpc" or "http".
        stub: what is called.
        calls: the id of each request, when it ended, and how: "OK", or the name of the failure.

    """

    face: str
    stub: Any
    calls: list[tuple[str, float, str]] = field(default_factory=list)

    async def call(self) -> None:
        """One call."""
        name = f"{self.face}-{id(self)}-{len(self.calls)}"
        try:
            if self.face == "grpc":
                await self.stub.CheckHealth(CHECK, metadata=(("x-request-id", name),), timeout=LONG)
            else:
                answer = await self.stub.post("/graphql", json=HEALTH, headers={"x-request-id": name})
                assert answer.json() == UP
            how = "OK"
        except grpc.aio.AioRpcError as error:
            how = error.code().name
        except httpx.TransportError as error:
            how = type(error).__name__
        self.calls.append((name, time.monotonic(), how))

    async def go_on(self) -> None:
        """Calls until the task is cancelled."""
        while True:
            await self.call()
            await asyncio.sleep(PAUSE)

    def answered(self) -> str:
        """The id of the last call that was answered."""
        return [name for name, _, how in self.calls if how == "OK"][-1]

    def well(self) -> int:
        """How many of the calls were answered."""
        return sum(how == "OK" for _, _, how in self.calls)


@asynccontextmanager
async def callers(served: Served, each: int) -> AsyncIterator[list[Caller]]:
    """So many callers of each face."""
    own = (("grpc.use_local_subchannel_pool", 1),)  # else channels to one address are one connection
    async with AsyncExitStack() as stack:
        there = []
        for _ in range(each):
            channel = await stack.enter_async_context(grpc.aio.insecure_channel(served.grpc, options=own))
            there.append(Caller("grpc", publish_pb2_grpc.PublishServiceStub(channel)))
            client = httpx.AsyncClient(base_url=served.http, timeout=LONG, limits=httpx.Limits(max_connections=1))
            there.append(Caller("http", await stack.enter_async_context(client)))
        yield there
