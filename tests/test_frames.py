"""WebSockets, frame by frame: many small ones take no more of the memory than a large one."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from facade import frames, sandbox, web
from facade.frames import MOST_FRAMES
from facade.graphql.subscriber import MOST_OPERATIONS
from facade.server import Running, running
from tests.support import settings_for, until

pytestmark = pytest.mark.anyio

HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
CONTINUATION, TEXT, PING = 0, 1, 9
INIT = b'{"type": "connection_init"}'
LARGE = 200_000  # bytes
ENOUGH = 64 * 1024**2  # bytes; more than the kernel holds of what nobody reads


def frame(opcode: int, content: bytes = b"", *, last: bool = True) -> bytes:
    """A frame with the mask 0, which changes nothing (RFC 6455 section 5.2)."""
    size = len(content)
    length = bytes([0x80 | size]) if size < 126 else b"\xff" + size.to_bytes(8, "big")
    return bytes([last << 7 | opcode]) + length + bytes(4) + content


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


async def deafened(client: socket.socket) -> None:
    """Begins operations whose answers are more than is taken of what nobody reads, until it is cut off."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, frame(TEXT, INIT))
    for number in range(ENOUGH // LARGE):
        asked = {"type": "subscribe", "id": f"{number}{'x' * LARGE}", "payload": {"query": "{ __typename }"}}
        await loop.sock_sendall(client, frame(TEXT, json.dumps(asked).encode()))


async def test_who_reads_nothing_is_taken_for_gone_with_all_operations(
    upstream: sandbox.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "PING_TIME", 0.5)
    monkeypatch.setattr(web, "PONG_TIME", 0.5)
    async with running(settings_for(upstream.url)) as facade, shaken(facade) as client, asyncio.timeout(60):
        with pytest.raises(OSError, match=r"reset|pipe"):
            await deafened(client)
        await until(lambda: facade.door.in_flight == 0)


async def test_who_does_not_read_what_is_left_is_cut_off(
    upstream: sandbox.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "UNREAD", 0.1)
    async with running(settings_for(upstream.url)) as facade, shaken(facade) as client:
        sending = asyncio.create_task(deafened(client))
        await until(lambda: facade.door.in_flight == MOST_OPERATIONS)  # none of which can say more
        closing = asyncio.create_task(facade.door.close(0.0))  # which ends its operations, and then its connection
        with pytest.raises(OSError, match=r"reset|pipe"):
            async with asyncio.timeout(60):
                await sending
        await closing
