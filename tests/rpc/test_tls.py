"""Whom a client's certificate names, as the server of gRPC is told."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from facade.rpc.tls import CALM, Renewed, credentials, names
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


@dataclass
class Clock:
    """Time that passes when it is waited for, half of what is asked at first, as if interrupted."""

    now: float = 1000.0
    waited: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds if len(self.waited) > 1 else seconds / 2


def test_a_certificate_is_not_replaced_while_a_handshake_may_be_taking_it(tmp_path: Path) -> None:
    shown = [port(files(tmp_path, mutual=False))]
    clock = Clock()
    renewed = Renewed(lambda: shown[-1], shown[0], lambda: clock.now, clock.wait)

    assert renewed() is None
    clock.now += CALM / 5
    shown.append(replace(shown[0]))
    assert renewed() is not None
    assert clock.waited == pytest.approx([CALM * 0.8, CALM * 0.4])
    assert renewed() is None


def test_a_certificate_is_replaced_at_once_where_no_handshake_has_just_begun(tmp_path: Path) -> None:
    shown = [port(files(tmp_path, mutual=False))]
    clock = Clock()
    renewed = Renewed(lambda: shown[-1], shown[0], lambda: clock.now, clock.wait)

    for _ in range(3):
        shown.append(replace(shown[0]))
        assert renewed() is not None
        assert renewed() is None
        clock.now += CALM
    assert clock.waited == []


def test_what_came_while_it_waited_is_shown(tmp_path: Path) -> None:
    shown = [port(files(tmp_path, mutual=False))]
    clock = Clock()

    def wait(seconds: float) -> None:
        clock.wait(seconds)
        shown.append(replace(shown[0]))

    renewed = Renewed(lambda: shown[-1], shown[0], lambda: clock.now, wait)
    assert renewed() is None
    shown.append(replace(shown[0]))
    assert renewed() is not None
    assert renewed() is None, "it was the last one"
