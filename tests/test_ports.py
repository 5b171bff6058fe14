"""Ports: had by one process, or kept for several."""

import socket

import pytest

from facade.config import ConfigError
from facade.ports import bound, reserved, resolved

ANY = "127.0.0.1:0"


def listening(port: int, *, shares: bool) -> socket.socket:
    """What a server does, which may find the port in use."""
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shares)
    try:
        server.bind(("127.0.0.1", port))
        server.listen()
    except OSError:
        server.close()
        raise
    return server


def test_a_reserved_port_is_for_those_who_share_it() -> None:
    with reserved("SETTING", ANY) as holder:
        port = holder.getsockname()[1]
        with listening(port, shares=True), listening(port, shares=True):
            socket.create_connection(("127.0.0.1", port), timeout=10).close()
        with pytest.raises(ConnectionRefusedError):  # it does not listen itself
            socket.create_connection(("127.0.0.1", port), timeout=10)
        with listening(port, shares=True):
            pass


@pytest.mark.parametrize("used", [False, True], ids=["nobody listens", "somebody listens"])
def test_a_reserved_port_is_not_for_others(used: bool) -> None:
    with reserved("SETTING", ANY) as holder:
        port = holder.getsockname()[1]
        ours = listening(port, shares=True) if used else socket.socket()
        with ours:
            with pytest.raises(OSError, match="in use"):
                listening(port, shares=False)
            for another in (bound, reserved):
                with pytest.raises(ConfigError, match=f"SETTING: cannot listen on 127.0.0.1:{port}: "):
                    another("SETTING", f"127.0.0.1:{port}").__enter__()


def test_the_port_that_was_found_is_told_with_the_host_that_was_given() -> None:
    with reserved("SETTING", "localhost:0") as holder:
        assert resolved("localhost:0", holder) == f"localhost:{holder.getsockname()[1]}"
