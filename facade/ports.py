"""The ports that the faces listen on: those of one process, and those that several share."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from facade.config import ConfigError

BACKLOG = 2048  # connections waiting to be accepted


@contextmanager
def bound(setting: str, address: str) -> Iterator[socket.socket]:
    """A listening socket. ConfigError that names the setting if the address cannot be had."""
    with taken(setting, address, listens=True) as listener:
        yield listener


@contextmanager
def reserved(setting: str, address: str) -> Iterator[socket.socket]:
    """A socket that does not listen and keeps its port for processes of ours, which listen with SO_REUSEPORT.

    ConfigError as in `bound`. The port is taken as if it were for this socket alone, so that a second facade is refused
    although it would share the port, too, and is opened for sharing only then. Without SO_REUSEADDR nobody who does not
    share gets it while none of ours happens to listen.
    """
    with taken(setting, address, listens=False) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        yield holder


@contextmanager
def taken(setting: str, address: str, *, listens: bool) -> Iterator[socket.socket]:
    """A socket that has the address, although connections of an earlier server may still be ending there."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's algorithm off only for sockets that say that they are TCP:
    # with it, each answer waits 40 ms for the client's delayed acknowledgement.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            ours.bind((host.strip("[]"), int(port)))
            if listens:
                ours.listen(BACKLOG)
        except OSError as error:
            raise ConfigError(f"{setting}: cannot listen on {address}: {error.strerror}") from None
        yield ours


def resolved(address: str, holder: socket.socket) -> str:
    """The address as it was given, with the port that the socket has: another one where port 0 was given."""
    return f"{address.rpartition(':')[0]}:{holder.getsockname()[1]}"


def shown(listener: socket.socket) -> str:
    """Host and port of a socket, as a URL has them."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
