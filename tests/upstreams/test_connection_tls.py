"""TLS: who is trusted with credentials."""

import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from facade.upstreams.transport import Transport
from tests.upstreams.tls import STRANGER, UPSTREAM, speaking, trusting, trusting_both
from tests.upstreams.wire import Connection, always, answer, serving

HASHED = "ce275665.0"  # what OpenSSL looks for in a directory: the hash of upstream.pem's issuer


@pytest.fixture
def trusted() -> Iterator[None]:
    with trusting_both():
        yield


@pytest.fixture
async def transport(trusted: None) -> AsyncIterator[Transport]:  # noqa: ARG001 - comes first
    async with Transport(max_answer=100_000) as transport:
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


async def test_a_certificate_of_another_host_is_refused_and_credentials_are_not_sent(transport: Transport) -> None:
    async with serving(always(answer()), speaking(STRANGER)) as server:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(httpx.ConnectError):
                await post(transport, server.url.replace("127.0.0.1", host))

    assert server.requests == []


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


async def test_authorities_may_be_files_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / HASHED).write_text(UPSTREAM.read_text())
    with trusting(SSL_CERT_DIR=str(tmp_path)):
        async with serving(always(answer()), speaking()) as server, Transport(max_answer=1000) as transport:
            assert (await post(transport, server.url)).status_code == 200
