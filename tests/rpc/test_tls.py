"""Whom a client's certificate names, as the server of gRPC is told."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from facade.rpc.tls import credentials, names
from facade.tls import File, Pair, Port, PortFiles, port
from tests.certificates import HERE, Issued
from tests.tls import CLIENTS, SERVERS

pytestmark = pytest.mark.anyio

ALL = ("service.example", "*.b.example", "spiffe://example/service", "service@example.com", "10.0.0.1")


def files(folder: Path, *, mutual: bool) -> PortFiles:
    certificate, key = SERVERS.issue(*HERE).write(folder)
    client_ca = File("CLIENT_CA", CLIENTS.write(folder, "clients")) if mutual else None
    return PortFiles(Pair(File("CERTIFICATE", certificate), File("KEY", key)), client_ca)


@asynccontextmanager
async def naming(current: Callable[[], Port] | None) -> AsyncIterator[str]:
    """The address of a server that answers with the names of whoever calls."""

    async def handle(_request: bytes, asked: grpc.aio.ServicerContext[Any, Any]) -> bytes:
        return "\n".join(names(asked)).encode()

    server = grpc.aio.server()
    handlers = {"Names": grpc.unary_unary_rpc_method_handler(handle)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test", handlers),))
    free = "127.0.0.1:0"
    number = server.add_secure_port(free, credentials(current)) if current else server.add_insecure_port(free)
    await server.start()
    try:
        yield f"127.0.0.1:{number}"
    finally:
        await server.stop(None)


async def told(address: str, own: Issued | None, *, tls: bool = True) -> list[str]:
    shown = (own.key, own.certificate) if own else (None, None)
    channel = (
        grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(SERVERS.pem, *shown))
        if tls
        else grpc.aio.insecure_channel(address)
    )
    async with channel:
        answer: bytes = await channel.unary_unary("/test/Names", None, None)(b"", timeout=20)
    return answer.decode().split("\n") if answer else []


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(CLIENTS.issue(*ALL, common_name="service"), {*ALL[:4], "service"}, id="all kinds"),
        pytest.param(CLIENTS.issue("service.example"), {"service.example"}, id="no common name"),
        pytest.param(CLIENTS.issue(common_name="Dienst für alles"), {"Dienst für alles"}, id="nothing else"),
        pytest.param(CLIENTS.issue("10.0.0.1"), set(), id="an address, which names nobody"),
    ],
)
async def test_the_names_of_a_certificate(own: Issued, expected: set[str], tmp_path: Path) -> None:
    tls = port(files(tmp_path, mutual=True))
    async with naming(lambda: tls) as address:
        assert set(await told(address, own)) == expected


async def test_who_need_not_show_a_certificate_is_not_named(tmp_path: Path) -> None:
    tls = port(files(tmp_path, mutual=False))
    async with naming(lambda: tls) as address:
        assert await told(address, CLIENTS.issue("service.example")) == []
    async with naming(None) as address:
        assert await told(address, None, tls=False) == []
