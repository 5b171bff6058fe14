"""WebSockets, frame by frame: many small ones take no more of the memory than a large one."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from facade.frames import MOST_FRAMES
from facade.server import Running

pytestmark = pytest.mark.anyio

HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
CONTINUATION, TEXT, PING = 0, 1, 9
INIT = b'{"type": "connection_init"}'
ENOUGH = 64 * 1024**2  # bytes; more than the kernel holds of what nobody reads


def frame(opcode: int, content: bytes = b"", *, last: bool = True) -> bytes:
    """A short frame with the mask 0, which changes nothing (RFC 6455 section 5.2)."""
    return bytes([last << 7 | opcode, 0x80 | len(content)]) + bytes(4) + content


@asynccontextmanager
async def shaken(facade: Running) -> AsyncIterator[socket.socket]:
    """A client that has shaken hands."""
    loop = asyncio.get_running_loop()
    host, _, port = facade.http.removeprefix("http://").partition(":")
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await loop.sock_connect(client, (host, int(port)))
        await loop.sock_sendall(client, HANDSHAKE)
        assert (await loop.sock_recv(client, 4096)).startswith(b"HTTP/1.1 101 ")
        yield client


async def heard(client: socket.socket) -> tuple[int, bytes]:
    """Opcode and content of the next short frame."""
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < 2 or len(data) < 2 + data[1]:
        more = await loop.sock_recv(client, 4096)
        assert more, "the connection has ended"
        data += more
    return data[0] & 0x0F, data[2 : 2 + data[1]]


async def test_a_message_may_come_in_many_parts(facade: Running) -> None:
    async with shaken(facade) as client:
        parts = [frame(TEXT, last=False)] + [frame(CONTINUATION, last=False)] * (MOST_FRAMES - 2)
        await asyncio.get_running_loop().sock_sendall(client, b"".join(parts) + frame(CONTINUATION, INIT))
        assert await heard(client) == (TEXT, b'{"type":"connection_ack"}')


async def test_a_message_of_parts_without_end_closes_the_connection(facade: Running) -> None:
    async with shaken(facade) as client:
        parts = [frame(TEXT, last=False)] + [frame(CONTINUATION, last=False)] * MOST_FRAMES
        await asyncio.get_running_loop().sock_sendall(client, b"".join(parts))
        opcode, content = await heard(client)
        assert (opcode, content[:2]) == (8, (1009).to_bytes(2, "big"))


async def test_who_pings_and_reads_is_answered(facade: Running) -> None:
    async with shaken(facade) as client:
        for number in range(100):
            await asyncio.get_running_loop().sock_sendall(client, frame(PING, b"%d" % number))
            assert await heard(client) == (10, b"%d" % number)


async def test_who_pings_and_never_reads_is_cut_off(facade: Running) -> None:
    async with shaken(facade) as client:
        with pytest.raises(OSError, match=r"reset|pipe"):
            await pings(client)


async def pings(client: socket.socket) -> None:
    """Sends many, and reads nothing."""
    many = frame(PING, b"x" * 125) * 1000
    for _ in range(ENOUGH // len(many)):
        await asyncio.get_running_loop().sock_sendall(client, many)
