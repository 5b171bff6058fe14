"""What must not travel: redirects, cookies, and what the environment knows about proxies and passwords."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from facade.upstreams.transport import Transport
from tests.upstreams.wire import Connection, always, answer, serving

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with Transport(max_answer=100_000) as transport:
        yield transport


async def get(transport: Transport, url: str) -> httpx.Response:
    return await transport.handle_async_request(httpx.Request("GET", url))


@pytest.mark.parametrize(
    "status", [b"301 X", b"302 X", b"303 X", b"307 X", b"308 X"], ids=lambda value: value[:3].decode()
)
async def test_a_redirect_is_not_followed(transport: Transport, status: bytes) -> None:
    async with serving(always(answer())) as other:
        to = b"location: " + other.url.encode()
        async with serving(always(answer(b"", to, b"set-cookie: a=b", status=status))) as server:
            got = await get(transport, server.url)

    assert got.status_code == int(status[:3])
    assert other.opened == 0


@pytest.mark.case("A02")
async def test_a_cookie_is_not_sent_back(transport: Transport) -> None:
    async with serving(always(answer(b"{}", b"set-cookie: access_token=stolen; Path=/"))) as server:
        for _ in range(3):
            await get(transport, server.url)

    assert len(server.requests) == 3
    assert not [request for request in server.requests if b"cookie" in request.lower()]


@pytest.mark.case("A13")
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_proxies_of_the_environment_are_not_used(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def plain(connection: Connection) -> None:
        await connection.reader.read(1)
        await connection.send(answer())

    async with serving(plain) as proxy, serving(plain) as server:
        for name in PROXIES:
            monkeypatch.setenv(name, proxy.url)
        async with Transport(max_answer=1000) as transport:
            with suppress(httpx.TransportError):  # the server does not speak TLS
                await get(transport, server.url.replace("http:", f"{scheme}:"))

    assert (proxy.opened, server.opened) == (0, 1)


@pytest.mark.case("A13")
async def test_credentials_of_a_netrc_file_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    async with serving(always(answer())) as server, Transport(max_answer=1000) as transport:
        await get(transport, server.url)

    assert b"authorization" not in server.requests[0].lower()
