"""The servers under test: the facade and what it is compared with, each a process on the one core for servers."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving import cpu, lines


@dataclass(frozen=True)
class Kind:
    """A kind of server.

    Attributes:
        name: in the tables.
        command: what starts it.
        faces: what it speaks.

    """

    name: str
    command: Sequence[str]
    faces: frozenset[str]


FACADE = Kind("facade", (sys.executable, "-m", "facade", "serve"), frozenset({"gRPC", "GraphQL"}))


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        kind: what it is.
        pid: its process.
        addresses: host and port of each face.
        start: seconds from its start until it was ready.

    """

    kind: Kind
    pid: int
    addresses: dict[str, str]
    start: float

    def cpu(self) -> float:
        """See `cpu`."""
        return cpu(self.pid)

    def memory(self) -> int:
        """Bytes that it has in memory."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) * 1024


def cores() -> tuple[int, int]:
    """The core of the servers, and that of the load and the upstream."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:  # noqa: PLR2004 - a pair
        sys.exit("The benchmarks need two cores: one for the server, one for the load.")
    return available[0], available[1]


def python(name: str, module: str, *faces: str) -> Kind:
    """A baseline in Python."""
    return Kind(name, (sys.executable, "-m", f"benchmarks.baselines.{module}"), frozenset(faces))


def settings(upstream: str) -> dict[str, str]:
    """The environment of a server with its upstream there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FACADE_")}
    urls = {f"FACADE_{name}_URL": upstream for name in ("TOKEN", "PUBLISH", "INTEGRATION", "BPM")}
    addresses = {"FACADE_GRPC_ADDRESS": "127.0.0.1:0", "FACADE_HTTP_ADDRESS": "127.0.0.1:0"}
    return kept | urls | addresses | {"UPSTREAM": upstream, "NODE_ENV": "production"}


@contextmanager
def started(kind: Kind, upstream: str, core: int, **changes: str) -> Iterator[Server]:
    """The server, ready; ended with the block. What it logs is written and not kept. `changes` are of its settings."""
    begun = time.perf_counter()
    with subprocess.Popen(
        kind.command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=settings(upstream) | changes,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 - no threads here; before it starts its own
    ) as process:
        try:
            addresses = facade_addresses(process) if kind is FACADE else one_address(process, kind)
            yield Server(kind, process.pid, addresses, time.perf_counter() - begun)
        finally:
            process.terminate()


def one_address(process: "subprocess.Popen[str]", kind: Kind) -> dict[str, str]:
    """A baseline prints its address alone."""
    [address] = lines(process, "127.0.0.1:")
    return dict.fromkeys(kind.faces, address)


def facade_addresses(process: "subprocess.Popen[str]") -> dict[str, str]:
    """The facade prints one line for each face."""
    printed = lines(process, "  GraphQL")
    return {line.split()[0]: line.split()[1].removeprefix("http://").removesuffix("/graphql") for line in printed[-2:]}


@contextmanager
def all_started(kinds: Sequence[Kind], upstream: str, core: int) -> Iterator[list[Server]]:
    """Several servers."""
    with ExitStack() as stack:
        yield [stack.enter_context(started(kind, upstream, core)) for kind in kinds]
