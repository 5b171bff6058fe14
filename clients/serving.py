"""The facade that the clients call: a process of its own on the sandbox, on free ports."""

import os
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

ASKING = 30.0  # seconds
STOPPING = 120.0  # seconds; it drains first
# Ports that are free, and no request refused because the machine is busy building something else.
SETTINGS = {
    "FACADE_GRPC_ADDRESS": "127.0.0.1:0",
    "FACADE_HTTP_ADDRESS": "127.0.0.1:0",
    "FACADE_MAX_LATENESS": "3600",
    "FACADE_LOG_LEVEL": "warning",
}


@dataclass(frozen=True)
class Serving:
    """A facade that serves.

    Attributes:
        grpc: host and port of its gRPC face.
        http: host and port of its HTTP face.
        sandbox: URL of its sandbox.

    """

    grpc: str
    http: str
    sandbox: str

    def published(self, path: str) -> bytes:
        """What it publishes at this path of its HTTP face."""
        with urllib.request.urlopen(f"http://{self.http}{path}", timeout=ASKING) as answer:
            content: bytes = answer.read()
        return content

    def environment(self) -> dict[str, str]:
        """What a client and its build see: where the facade is, and the programs of this Python's environment."""
        addresses = {"FACADE_GRPC_ADDRESS": self.grpc, "FACADE_HTTP_ADDRESS": self.http, "SANDBOX": self.sandbox}
        path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
        return inherited() | addresses | {"PATH": path}


def inherited() -> dict[str, str]:
    """Our environment, without settings of a facade."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FACADE_")}


@contextmanager
def serving() -> Iterator[Serving]:
    """A facade on its sandbox, ended with the block. RuntimeError if it does not start."""
    with subprocess.Popen(
        [sys.executable, "-m", "facade", "serve", "--sandbox"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=inherited() | SETTINGS,
    ) as process:
        try:
            yield Serving(*(printed(process, name) for name in ("gRPC", "GraphQL", "sandbox")))
        finally:
            process.terminate()
            process.communicate(timeout=STOPPING)  # reads what it prints: it would die of a pipe that is closed


def printed(process: "subprocess.Popen[str]", name: str) -> str:
    """The address on the next line that begins with `name`."""
    assert process.stdout is not None  # noqa: S101 - it was opened with a pipe
    for line in process.stdout:
        words = line.split()
        if words[:1] == [name]:
            return words[1].removeprefix("http://").removesuffix("/graphql") if name == "GraphQL" else words[1]
    raise RuntimeError("the facade did not start")
