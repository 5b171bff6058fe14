"""The facade that the clients call: a process of its own on the sandbox, on free ports."""

import json
import os
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from clients.certificates import Authority

ASKING = 30.0  # seconds
STOPPING = 120.0  # seconds; it drains first
# Ports that are free, and no request refused because the machine is busy building something else.
SETTINGS = {
    "FACADE_GRPC_ADDRESS": "127.0.0.1:0",
    "FACADE_HTTP_ADDRESS": "127.0.0.1:0",
    "FACADE_MAX_LATENESS": "3600",
    "FACADE_LOG_LEVEL": "info",
    "FACADE_LOG_FORMAT": "json",
}


@dataclass(frozen=True)
class Serving:
    """A facade that serves.

    Attributes:
        grpc: host and port of its gRPC face.
        http: host and port of its HTTP face.
        sandbox: URL of its sandbox.
        log: the file that it logs to.
        tls: what a client needs to be let in where it speaks TLS.

    """

    grpc: str
    http: str
    sandbox: str
    log: Path
    tls: dict[str, str] = field(default_factory=dict)

    def published(self, path: str) -> bytes:
        """What it publishes at this path of its HTTP face."""
        with urllib.request.urlopen(f"http://{self.http}{path}", timeout=ASKING) as answer:
            content: bytes = answer.read()
        return content

    def environment(self) -> dict[str, str]:
        """What a client and its build see: where the facade is, and the programs of this Python's environment."""
        addresses = {"FACADE_GRPC_ADDRESS": self.grpc, "FACADE_HTTP_ADDRESS": self.http, "SANDBOX": self.sandbox}
        path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
        return inherited() | addresses | self.tls | {"PATH": path}

    def answered(self, since: int) -> set[str]:
        """The operations that ended with OK, by what it has logged behind byte `since`, as gRPC names them."""
        with self.log.open("rb") as file:
            file.seek(since)
            lines = [json.loads(line) for line in file]
        return {line["method"].removeprefix("/") for line in lines if line.get("code") == "OK"}


def inherited() -> dict[str, str]:
    """Our environment, without settings of a facade or of a client."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("FACADE_", "TLS_"))}


@contextmanager
def serving(folder: Path, *, tls: bool = False) -> Iterator[Serving]:
    """A facade on its sandbox, ended with the block; with `tls` clients must show a certificate.

    It logs to `folder`, where certificates are written, too. RuntimeError if it does not start.
    """
    settings, shown = certificates(folder) if tls else ({}, {})
    log = folder / f"log-{'tls' if tls else 'plain'}.jsonl"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "facade", "serve", "--sandbox"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=inherited() | SETTINGS | settings,
        ) as process,
    ):
        try:
            grpc, http, sandbox = (printed(process, name, log) for name in ("gRPC", "GraphQL", "sandbox"))
            yield Serving(grpc, http.partition("://")[2].removesuffix("/graphql"), sandbox, log, shown)
        finally:
            process.terminate()
            process.communicate(timeout=STOPPING)  # reads what it prints: it would die of a pipe that is closed


def certificates(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The settings of a facade that speaks TLS, and the environment of a client that it lets in."""
    authority = Authority(folder)
    certificate, key = authority.issued("facade")
    own, own_key = authority.issued("client")
    settings = {"CERTIFICATE": certificate, "KEY": key, "CLIENT_CA": authority.path}
    client = {"TLS_CA": authority.path, "TLS_CERTIFICATE": own, "TLS_KEY": own_key}
    return {f"FACADE_TLS_{name}": value for name, value in settings.items()}, client


def printed(process: "subprocess.Popen[str]", name: str, log: Path) -> str:
    """The address on the next line that begins with `name`. RuntimeError, with what is in `log`, if there is none."""
    assert process.stdout is not None  # noqa: S101 - it was opened with a pipe
    for line in process.stdout:
        words = line.split()
        if words[:1] == [name]:
            return words[1]
    raise RuntimeError(f"the facade did not start\n{log.read_text(encoding='utf-8')}")
