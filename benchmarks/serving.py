"""The processes of a measurement: started, ended, and what the kernel says of them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Seconds of CPU time that all threads of a process have used, in the kernel and outside."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / TICKS


@contextmanager
def process(*command: str, core: int) -> Iterator[subprocess.Popen[str]]:
    """A Python module as a process on `core`, ended with the block; what it logs is not kept."""
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as started:
        os.sched_setaffinity(started.pid, {core})
        try:
            yield started
        finally:
            started.terminate()


def lines(running: "subprocess.Popen[str]", start: str = "") -> list[str]:
    """The lines that a process prints up to the one that begins with `start`."""
    assert running.stdout is not None  # noqa: S101 - it was opened with a pipe
    found = []
    for line in running.stdout:
        found.append(line.rstrip("\n"))
        if line.startswith(start):
            break
    return found
