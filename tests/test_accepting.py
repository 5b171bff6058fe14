"""A port that several processes accept from: what happens where a process has no descriptor left."""

import asyncio
import errno
import socket
from typing import cast

import pytest

from facade import accepting
from facade.accepting import Accepting
from tests.support import until

pytestmark = pytest.mark.anyio


class Scarce(socket.socket):
    """A listener whose process is out of descriptors at the first connection."""

    refused = 0

    def accept(self) -> tuple[socket.socket, object]:
        if not self.refused:
            self.refused += 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


class Greeting(asyncio.Protocol):
    """Says one thing."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.WriteTransport", transport).write(b"served")  # uvloop's does not derive from it


async def test_who_comes_while_there_is_no_descriptor_left_is_served_a_moment_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(accepting, "PAUSE", 0.01)
    with Scarce(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        serving = Accepting(listener, Greeting)
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            assert await reader.readexactly(6) == b"served"
            writer.close()
            await writer.wait_closed()
        assert listener.refused == 1
        serving.close()
        await serving.wait_closed()


async def test_once_closed_it_does_not_begin_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "PAUSE", 0.01)
    with Scarce(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        serving = Accepting(listener, Greeting)
        with socket.create_connection(listener.getsockname()) as client:
            client.settimeout(0.05)
            await until(lambda: listener.refused == 1)
            serving.close()
            with pytest.raises(TimeoutError):
                await asyncio.to_thread(client.recv, 1)
        await serving.wait_closed()
