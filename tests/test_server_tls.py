"""Both ports over TLS: who is let in, and certificates that are replaced while callers are served."""

import asyncio
import logging
import ssl
import time
from pathlib import Path
from typing import cast

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from facade.config import ConfigError
from facade.server import running
from tests.certificates import HERE, HOUR, Authority, Issued
from tests.faces.client import Failure
from tests.graphql.socket import HEALTH, UP, connected
from tests.support import settings_for, until
from tests.tls import CLIENTS, PROTOCOL, SERVERS, SERVICE, Secured, client, context, secured

pytestmark = pytest.mark.anyio

FACES = ["grpc", "graphql"]
REFUSED = (Failure, httpx.TransportError)  # gRPC's way, and HTTP's
OLD = "files not usable: what was read before stays"
STRANGER = Authority("clients").issue("service.example", common_name="service")  # of an authority that calls itself so


async def call(name: str, secure: Secured, own: Issued | None = None) -> None:
    """One call over a connection of its own. Raises one of REFUSED."""
    async with client(name, secure.facade, own) as face:
        assert await face.call("CheckHealth", timeout=20) == {"message": "API is running"}


@pytest.mark.parametrize("name", FACES)
async def test_a_face_is_served_over_tls(name: str, tmp_path: Path) -> None:
    async with secured(tmp_path) as secure:
        assert secure.facade.http.startswith("https://127.0.0.1:")
        await call(name, secure)


async def test_a_websocket_is_served_over_tls(tmp_path: Path) -> None:
    async with secured(tmp_path) as secure, connected(secure.facade, ssl=context()) as talk:
        await talk.subscribe("a", HEALTH)
        assert await talk.until_ended("a") == [UP, None]


@pytest.mark.parametrize("name", FACES)
async def test_what_is_agreed_on(name: str, tmp_path: Path) -> None:
    async with secured(tmp_path) as secure:
        tls = context(None, "h2", "http/1.1")
        agreed = await secure.session(name, tls)
        assert (agreed.version(), agreed.selected_alpn_protocol()) == ("TLSv1.3", PROTOCOL[name])
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
        assert (await secure.session(name, tls)).version() == "TLSv1.2"
        tls.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await secure.session(name, tls)


@pytest.mark.parametrize("name", FACES)
async def test_plain_text_is_not_answered(name: str, tmp_path: Path) -> None:
    async with secured(tmp_path) as secure:
        reader, writer = await asyncio.open_connection("127.0.0.1", secure.port(name))
        writer.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        async with asyncio.timeout(20):
            assert b"HTTP" not in await reader.read()
        writer.close()


@pytest.mark.parametrize("name", FACES)
async def test_a_client_must_show_a_certificate_where_one_is_demanded(name: str, tmp_path: Path) -> None:
    async with secured(tmp_path, mutual=True) as secure:
        for own in (None, STRANGER, SERVERS.issue("service.example"), CLIENTS.issue("a", ends=-HOUR)):
            with pytest.raises(REFUSED):
                await call(name, secure, own)
        assert secure.upstream.state.log.entries() == []
        await call(name, secure, SERVICE)


@pytest.mark.parametrize("name", FACES)
async def test_a_failed_handshake_is_the_client_s_affair(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with secured(tmp_path, mutual=True) as secure:
        with pytest.raises(REFUSED):
            await call(name, secure)
        await call(name, secure, SERVICE)
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_certificates_are_replaced_under_load_and_no_call_fails(tmp_path: Path) -> None:
    done = dict.fromkeys(FACES, 0)

    async def keep_calling(name: str, *, anew: bool) -> None:
        async with client(name, secure.facade) as kept:
            while True:
                await (call(name, secure) if anew else kept.call("CheckHealth", timeout=20))
                done[name] += 1

    async with secured(tmp_path) as secure:
        callers = [
            asyncio.create_task(keep_calling(name, anew=anew)) for name in FACES for anew in (False, False, True)
        ]
        for _ in range(5):
            new = SERVERS.issue(*HERE)
            new.write(tmp_path)
            secure.facade.renewal.now()
            await secure.renewed(new)
            before = dict(done)
            await until(lambda before=before: all(done[name] > before[name] + 5 for name in FACES), 30)  # type: ignore[misc]  # lambda of the turn
        for caller in callers:
            caller.cancel()
        ended = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(each) for each in ended] == [asyncio.CancelledError] * len(callers)


@pytest.mark.parametrize("name", FACES)
async def test_bad_files_change_nothing_but_the_log(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with secured(tmp_path) as secure:
        before = await secure.serial(name)
        (tmp_path / "own-key.pem").write_bytes(SERVERS.issue(*HERE).key)
        secure.facade.renewal.now()
        await until(lambda: OLD in caplog.messages, 20)
        assert await secure.serial(name) == before
        await call(name, secure)
    [warning] = [record for record in caplog.records if record.message == OLD]
    assert warning.__dict__["why"] == "FACADE_TLS_KEY: is not the key of FACADE_TLS_CERTIFICATE"


async def test_a_key_that_only_python_s_tls_knows_stops_the_start(tmp_path: Path) -> None:
    certificate, key = SERVERS.issue(*HERE, key=ec.generate_private_key(ec.BrainpoolP256R1())).write(tmp_path)
    settings = settings_for("http://upstream.invalid", tls_certificate=certificate, tls_key=key)
    with pytest.raises(ConfigError, match=r"^FACADE_TLS_CERTIFICATE: gRPC cannot listen on 127\.0\.0\.1:0 with it$"):
        async with running(settings):
            pass


@pytest.mark.parametrize("name", FACES)
async def test_an_authority_of_clients_is_replaced(name: str, tmp_path: Path) -> None:
    async with secured(tmp_path, mutual=True) as secure:
        await call(name, secure, SERVICE)
        other = Authority("clients")
        other.write(tmp_path, "clients")
        secure.facade.renewal.now()
        own = other.issue("service.example")
        async with asyncio.timeout(20):
            while True:
                try:
                    await call(name, secure, own)
                    break
                except REFUSED:
                    await asyncio.sleep(0.01)  # not a wait for luck: the condition decides
        with pytest.raises(REFUSED):
            await call(name, secure, SERVICE)


async def test_neither_a_silent_client_nor_one_that_only_waits_holds_up_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with secured(tmp_path) as secure:
        _, silent = await asyncio.open_connection("127.0.0.1", secure.port("graphql"))
        _, waiting = await asyncio.open_connection("127.0.0.1", secure.port("graphql"), ssl=context())
        cast("asyncio.Transport", waiting.transport).pause_reading()
        await call("graphql", secure)
        began = time.monotonic()
    assert time.monotonic() - began < 5.0
    for writer in (silent, waiting):
        writer.transport.abort()
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []
