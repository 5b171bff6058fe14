"""TLS: who is trusted with credentials."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from facade.upstreams.transport import Transport
from facade.upstreams.trust import trusting
from tests.upstreams.tls import AUTHORITY, STRANGER, speaking, trusted
from tests.upstreams.wire import Connection, always, answer, serving

HASHED = "774b5dcc.0"  # what OpenSSL looks for in a directory: the hash of the authority's name


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with Transport(max_answer=100_000, tls=trusted) as transport:
        yield transport


async def post(transport: Transport, url: str, content: bytes = b"{}") -> httpx.Response:
    headers = {"authorization": "Basic c2VjcmV0"}
    return await transport.handle_async_request(httpx.Request("POST", url, headers=headers, content=content))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_connection_is_used_again(transport: Transport, host: str) -> None:
    async with serving(always(answer(b"[1]")), speaking()) as server:
        for _ in range(5):
            got = await post(transport, server.url.replace("127.0.0.1", host))
            assert await got.aread() == b"[1]"

    assert (server.opened, len(server.requests)) == (1, 5)


async def test_the_server_is_told_which_host_and_protocol_is_meant(transport: Transport) -> None:
    asked: list[str] = []
    spoken: list[str | None] = []
    context = speaking()
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    context.set_alpn_protocols(["h2", "http/1.1"])

    async def handler(connection: Connection) -> None:
        spoken.append(connection.writer.get_extra_info("ssl_object").selected_alpn_protocol())
        await always(answer())(connection)

    async with serving(handler, context) as server:
        await post(transport, server.url.replace("127.0.0.1", "localhost"))

    assert (asked, spoken) == (["localhost"], ["http/1.1"])


@pytest.mark.case("B10")
async def test_a_certificate_of_another_host_is_refused_and_credentials_are_not_sent(transport: Transport) -> None:
    async with serving(always(answer()), speaking(STRANGER)) as server:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(httpx.ConnectError):
                await post(transport, server.url.replace("127.0.0.1", host))

    assert server.requests == []


@pytest.mark.case("B10")
async def test_a_certificate_of_an_unknown_authority_is_refused_and_credentials_are_not_sent() -> None:
    async with serving(always(answer()), speaking()) as server, Transport(max_answer=1000) as transport:
        with pytest.raises(httpx.ConnectError):
            await post(transport, server.url)

    assert server.requests == []


async def test_an_old_version_of_tls_is_refused(transport: Transport) -> None:
    context = speaking()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with serving(always(answer()), context) as server:
        with pytest.raises(httpx.ConnectError):
            await post(transport, server.url)


@pytest.mark.parametrize("kind", ["openssl_cafile", "openssl_capath"])
async def test_authorities_of_the_system_are_trusted(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / HASHED
    file.write_bytes(AUTHORITY.pem)
    there = {"openssl_cafile": str(file), "openssl_capath": str(tmp_path)}
    nowhere = dict.fromkeys(there, str(tmp_path / "nowhere"))
    paths = ssl.get_default_verify_paths()._replace(**nowhere | {kind: there[kind]})
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    context = trusting()

    async with (
        serving(always(answer()), speaking()) as server,
        Transport(max_answer=1000, tls=lambda: context) as transport,
    ):
        assert (await post(transport, server.url)).status_code == 200


@pytest.mark.case("A13")
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_authorities_of_the_environment_are_not_trusted(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / HASHED
    file.write_bytes(AUTHORITY.pem)
    monkeypatch.setenv(name, str(file if name == "SSL_CERT_FILE" else tmp_path))
    asked = ssl.create_default_context()

    async with serving(always(answer()), speaking()) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]), ssl=asked)
        writer.close()
        async with Transport(max_answer=1000, tls=trusting) as transport:
            with pytest.raises(httpx.ConnectError):
                await post(transport, server.url)

    assert server.requests == []
