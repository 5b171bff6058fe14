"""Clients that do not get to the end of TLS's handshake: cut as those that send no head, whatever they drip."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.tls import Secured, context, secured

pytestmark = [pytest.mark.anyio, pytest.mark.case("I01")]

PATIENCE = 9.0  # seconds; the default is 10
PAUSE = 0.02


def hello() -> bytes:
    """The first flight of an honest client."""
    sent = ssl.MemoryBIO()
    session = context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="127.0.0.1")
    with pytest.raises(ssl.SSLWantReadError):
        session.do_handshake()
    return sent.read()


HELLO = hello()
BEGUN = {"nothing": b"", "a byte": HELLO[:1], "half a hello": HELLO[: len(HELLO) // 2], "a whole hello": HELLO}
FACES = ["grpc", "graphql"]


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[Secured]:
    """A facade that has little patience."""
    async with secured(tmp_path, head_timeout=0.5) as found:
        yield found


async def gone(reader: asyncio.StreamReader) -> bool:
    """Returns when the server has closed the connection."""
    try:
        while await reader.read(65536):
            pass
    except ConnectionError:
        pass
    return True


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
async def test_who_does_not_end_the_handshake_is_cut(begun: bytes, face: str, secure: Secured) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", secure.port(face))
    writer.write(begun)
    async with asyncio.timeout(PATIENCE):
        assert await gone(reader)
    writer.transport.abort()


@pytest.mark.parametrize("face", FACES)
async def test_who_drips_a_handshake_is_cut_as_well(face: str, secure: Secured) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", secure.port(face))

    async def drip() -> None:
        for place in range(len(HELLO) - 1):
            writer.write(HELLO[place : place + 1])
            await asyncio.sleep(PAUSE)

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(PATIENCE):
        assert await gone(reader)
    assert not dripping.done(), "it was cut before the hello was whole"
    dripping.cancel()
    writer.transport.abort()


async def test_a_hundred_of_them_do_not_keep_others_out(secure: Secured) -> None:
    async with AsyncExitStack() as stack:
        for number in range(100):
            raw = stack.enter_context(socket.create_connection(("127.0.0.1", secure.port("graphql"))))
            raw.sendall(list(BEGUN.values())[number % len(BEGUN)])
        honest = await stack.enter_async_context(
            httpx.AsyncClient(base_url=secure.facade.http, verify=context(), timeout=30)
        )
        assert (await honest.get("/healthz")).status_code == 200
