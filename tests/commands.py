"""Runs `facade` as a process of its own, and ends it in any case."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support import PATIENT

PATIENCE = 60.0  # seconds after which a process that hangs is killed, so that the test fails instead of waiting


@dataclass
class Command:
    """A process. Its standard output is read line by line while it runs."""

    process: subprocess.Popen[str]

    def lines_until(self, start: str) -> list[str]:
        """The lines of standard output up to the one that starts with `start`; all there are if none does."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith(start):
                break
        return lines

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Sends the signal; returns exit status, the rest of standard output, and standard error."""
        self.process.send_signal(number)
        out, errors = self.process.communicate()
        return self.process.returncode, out, errors


@contextmanager
def command(*arguments: str, **environment: str) -> Iterator[Command]:
    """`facade` with these arguments; of the settings in the environment it sees only those given."""
    with lasting(PATIENCE, arguments, environment) as running:
        yield running


@contextmanager
def lasting(patience: float, arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[Command]:
    """The same for as long as `patience` seconds."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FACADE_")}
    with subprocess.Popen(
        [sys.executable, "-m", "facade", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=inherited | {"FACADE_MAX_LATENESS": str(PATIENT)} | dict(environment),
    ) as process:
        watchdog = threading.Timer(patience, process.kill)
        watchdog.start()
        try:
            yield Command(process)
        finally:
            watchdog.cancel()
            if process.poll() is None:
                process.kill()
