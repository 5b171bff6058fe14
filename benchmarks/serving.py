"""The processes of a measurement, each on a core of its own, and the CPU time that the server has used."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """A server under test."""

    pid: int
    grpc: str
    upstream: str

    def cpu(self) -> float:
        """See `cpu`."""
        return cpu(self.pid)

    def published(self) -> int:
        """How many records the upstream has had."""
        return int(httpx.get(f"{self.upstream}/count").text)


def cpu(pid: int) -> float:
    """Seconds of CPU time that all threads of a process have used, in the kernel and outside."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / TICKS


@contextmanager
def process(*command: str, core: int, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A Python module as a process on `core`, ended with the block; what it logs is not kept."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FACADE_")}
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=inherited | environment,
    ) as started:
        os.sched_setaffinity(started.pid, {core})
        try:
            yield started
        finally:
            started.terminate()


@contextmanager
def facade() -> Iterator[Served]:
    """A facade on one core; its upstream, and whoever calls this, on another."""
    server, others = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, {others})
    with process("benchmarks.upstream", "0", core=others) as upstream:
        url = f"http://127.0.0.1:{lines(upstream)[0]}"
        environment = {f"FACADE_{name}_URL": url for name in ("TOKEN", "PUBLISH", "INTEGRATION", "BPM")}
        environment |= {"FACADE_GRPC_ADDRESS": "127.0.0.1:0", "FACADE_HTTP_ADDRESS": "127.0.0.1:0"}
        with process("facade", "serve", core=server, **environment) as started:
            yield Served(started.pid, lines(started, "  gRPC")[-1].split()[1], url)


def lines(running: "subprocess.Popen[str]", start: str = "") -> list[str]:
    """The lines that a process prints up to the one that begins with `start`."""
    assert running.stdout is not None  # noqa: S101 - it was opened with a pipe
    found = []
    for line in running.stdout:
        found.append(line.rstrip("\n"))
        if line.startswith(start):
            break
    return found
