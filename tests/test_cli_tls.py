"""`facade serve` with certificates, as processes: SIGHUP, several workers, a terminal that goes, and wrong files."""

import json
import os
import pty
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate

from facade.cli import main
from tests.certificates import HERE, Issued
from tests.client.runs import AT_TERMINAL
from tests.commands import PATIENCE, Command, command
from tests.test_cli_processes import FREE, addresses
from tests.tls import SERVERS

LONG = 30.0  # seconds; a busy machine
IN_A_ROW = 20  # connections: with two workers each must have had one
pytestmark = pytest.mark.usefixtures("loggers_as_they_were")


def of(folder: Path) -> dict[str, str]:
    return {"FACADE_TLS_CERTIFICATE": str(folder / "own.pem"), "FACADE_TLS_KEY": str(folder / "own-key.pem")}


def ports(running: Command) -> list[tuple[str, int]]:
    """Where gRPC and GraphQL are, once all serve."""
    text = "\n".join(running.lines_until("    -d '"))
    assert "  TLS      on both ports\n" in text
    grpc, graphql = addresses(text)
    assert graphql.startswith("https://")
    found = (grpc, graphql.removeprefix("https://").removesuffix("/graphql"))
    return [(host, int(port)) for host, _, port in (each.rpartition(":") for each in found)]


def serial(address: tuple[str, int]) -> int:
    return load_pem_x509_certificate(ssl.get_server_certificate(address, timeout=LONG).encode()).serial_number


def until_all_show(own: Issued, addresses: list[tuple[str, int]]) -> None:
    """Returns when as many connections in a row as all workers need are shown this certificate."""
    for address in addresses:
        last, right = time.monotonic() + LONG, 0
        while right < IN_A_ROW:
            right = right + 1 if serial(address) == own.serial else 0
            assert time.monotonic() < last


@pytest.mark.parametrize("workers", ["1", "2"])
def test_at_sighup_certificates_are_read_anew(workers: str, tmp_path: Path) -> None:
    before, after = SERVERS.issue(*HERE), SERVERS.issue(*HERE)
    before.write(tmp_path)
    with command("serve", "--sandbox", "--workers", workers, FACADE_LOG_FORMAT="json", **of(tmp_path), **FREE) as it:
        where = ports(it)
        assert {serial(address) for address in where} == {before.serial}
        after.write(tmp_path)
        it.process.send_signal(signal.SIGHUP)
        until_all_show(after, where)
        status, _, errors = it.end()
    assert status == 0
    lines = [json.loads(line) for line in errors.splitlines()]
    assert sum(line["event"] == "files read anew" for line in lines) >= int(workers)


def test_a_client_whose_tls_fails_costs_no_line_in_the_log(tmp_path: Path) -> None:
    SERVERS.issue(*HERE).write(tmp_path)
    with command("serve", "--sandbox", **of(tmp_path), **FREE) as it:
        for address in ports(it):
            with (
                pytest.raises(ssl.SSLError),
                ssl.create_default_context().wrap_socket(
                    socket.create_connection(address), server_hostname="localhost"
                ),
            ):
                pass
        status, _, errors = it.end()
    assert (status, errors) == (0, "")


def test_it_ends_with_its_terminal_and_not_before(tmp_path: Path) -> None:
    """As when a window is closed: a server that lived on would keep its ports."""
    SERVERS.issue(*HERE).write(tmp_path)
    ours, theirs = pty.openpty()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FACADE_")}
    with subprocess.Popen(
        [sys.executable, "-c", AT_TERMINAL, "serve", "--sandbox"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=inherited | FREE | of(tmp_path),
    ) as process:
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        os.close(theirs)
        try:
            ports(Command(process))
            process.send_signal(signal.SIGHUP)
            assert process.stderr
            assert "files read anew" in process.stderr.readline()
            os.close(ours)
            assert process.communicate()[0] == "facade: draining\n"
        finally:
            watchdog.cancel()
            process.kill()
    assert process.returncode == 0


def missing(folder: Path) -> str:
    (folder / "own.pem").unlink()
    return "FACADE_TLS_CERTIFICATE: cannot read the file: No such file or directory"


def mismatched(folder: Path) -> str:
    (folder / "own-key.pem").write_bytes(SERVERS.issue(*HERE).key)
    return "FACADE_TLS_KEY: is not the key of FACADE_TLS_CERTIFICATE"


def exchanged(folder: Path) -> str:
    (folder / "own.pem").write_bytes((folder / "own-key.pem").read_bytes())
    return "FACADE_TLS_CERTIFICATE: holds no certificate in PEM"


@pytest.mark.case("J09")
@pytest.mark.parametrize("wrong", [missing, mismatched, exchanged])
@pytest.mark.parametrize("arguments", [("serve",), ("serve", "--workers", "2"), ("check",)], ids=" ".join)
def test_files_that_cannot_be_used_stop_the_start_with_one_line(
    arguments: tuple[str, ...],
    wrong: Callable[[Path], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own = SERVERS.issue(*HERE)
    own.write(tmp_path)
    said = wrong(tmp_path)
    for name, value in (of(tmp_path) | FREE | {"FACADE_BPM_URL": "http://127.0.0.1:9"}).items():
        monkeypatch.setenv(name, value)
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"facade: {said}\n")


@pytest.mark.case("J09")
@pytest.mark.parametrize("name", ["ca", "certificate", "key"])
def test_the_files_for_upstreams_are_checked_too(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate, key = SERVERS.issue(*HERE).write(tmp_path)
    files = {"ca": certificate, "certificate": certificate, "key": key, name: str(tmp_path / "nowhere.pem")}
    monkeypatch.setenv("FACADE_BPM_URL", "http://127.0.0.1:9")
    for each, path in files.items():
        monkeypatch.setenv(f"FACADE_UPSTREAM_{each.upper()}", path)
    assert main(["check"]) == 2
    said = f"facade: FACADE_UPSTREAM_{name.upper()}: cannot read the file: No such file or directory\n"
    assert capsys.readouterr().err == said
