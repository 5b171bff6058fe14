"""A worker process that cannot do what it is told to, or is told nothing."""

import socket
import subprocess
import sys

from facade.supervisor.order import Order
from tests.support import settings_for

PATIENCE = 60.0  # seconds


def ended(line: bytes, *inherited: int) -> tuple[int, str]:
    """Exit status and standard error of a worker that was told this; then its supervisor went away."""
    ours, theirs = socket.socketpair()
    with subprocess.Popen(
        [sys.executable, "-m", "facade.worker", str(theirs.fileno())],
        pass_fds=(theirs.fileno(), *inherited),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        with ours, theirs:
            ours.sendall(line)
        try:
            return process.wait(PATIENCE), process.communicate()[1]
        finally:
            process.kill()


def test_without_an_order_it_ends() -> None:
    assert ended(b"") == (0, "")


def test_where_the_port_is_not_shared_it_says_so_and_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = settings_for("http://upstream.invalid", grpc_address=address)
        given = Order(3, listener.fileno(), 1.0, settings.model_dump())
        status, errors = ended(given.line(), listener.fileno())
    assert status == 2
    [line] = [line for line in errors.splitlines() if f"FACADE_GRPC_ADDRESS: cannot listen on {address}" in line]
    assert "worker=3" in line


def test_a_worker_whose_supervisor_went_away_while_it_started_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        given = Order(1, listener.fileno(), 1.0, settings_for("http://upstream.invalid").model_dump())
        status, errors = ended(given.line(), listener.fileno())
    assert status == 0
    assert "the supervisor is gone: draining" in errors
