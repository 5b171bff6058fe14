"""Who gets credentials: only an upstream that proves who it is, whatever the environment says."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from facade import sandbox
from tests.certificates import HERE, HOUR, Authority, Issued
from tests.commands import command
from tests.faces.client import Face, Failure
from tests.faces.graphql import GraphqlFace
from tests.faces.rpc import GrpcFace
from tests.faces.stack import FACES, standing
from tests.test_cli_processes import FREE, addresses
from tests.upstreams.members import member
from tests.upstreams.tls import AUTHORITY, STRANGER, UPSTREAM, speaking
from tests.upstreams.wire import Connection, Server, always, answer, serving

pytestmark = pytest.mark.anyio

SELF_SIGNED = Authority("localhost").issue(*HERE)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
USER = {"mail": "user@example.com"}
FOUND = json.dumps(member("user")).encode()


async def found(face: Face) -> bool:
    with suppress(Failure):
        return bool((await face.call("GetUser", USER))["user"]["mail"] == USER["mail"])
    return False


def at(server: Server) -> str:
    return server.url.replace("127.0.0.1", "localhost")


@pytest.mark.case("B10")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(AUTHORITY.issue(*HERE, ends=-HOUR), id="expired"),
        pytest.param(SELF_SIGNED, id="self-signed"),
        pytest.param(STRANGER, id="wrong host"),
    ],
)
async def test_an_upstream_that_cannot_prove_who_it_is_gets_nothing(shown: Issued, name: str, tmp_path: Path) -> None:
    async with (
        serving(always(answer(FOUND)), speaking(shown)) as server,
        standing(name, bpm_url=at(server), upstream_ca=AUTHORITY.write(tmp_path)) as stack,
    ):
        with pytest.raises(Failure) as caught:
            await stack.face.call("GetUser", USER)
        assert (caught.value.code, caught.value.reason) == ("UNAVAILABLE", "UPSTREAM_UNREACHABLE")
        assert (server.opened, server.requests) == (0, []), "no handshake was completed"
        assert await stack.face.call("CheckHealth") == {"message": "API is running"}


@pytest.mark.parametrize("name", FACES)
async def test_an_upstream_may_demand_a_certificate_of_the_facade(name: str, tmp_path: Path) -> None:
    context = speaking()
    context.load_verify_locations(cadata=AUTHORITY.pem.decode())
    context.verify_mode = context.verify_mode.CERT_REQUIRED
    certificate, key = AUTHORITY.issue("facade.example").write(tmp_path)
    known: dict[str, Any] = {"upstream_ca": AUTHORITY.write(tmp_path)}
    async with serving(always(answer(FOUND)), context) as server:
        async with standing(name, bpm_url=at(server), **known) as stack:
            with pytest.raises(Failure):
                await stack.face.call("GetUser", USER)
            assert server.requests == []
        known |= {"upstream_certificate": certificate, "upstream_key": key}
        async with standing(name, bpm_url=at(server), **known) as stack:
            assert await found(stack.face)


@pytest.mark.parametrize("name", FACES)
async def test_an_authority_of_upstreams_is_replaced(name: str, tmp_path: Path) -> None:
    file = Authority().write(tmp_path)
    async with (
        serving(always(answer(FOUND)), speaking(UPSTREAM)) as server,
        standing(name, bpm_url=at(server), upstream_ca=file) as stack,
    ):
        with pytest.raises(Failure):
            await stack.face.call("GetUser", USER)
        AUTHORITY.write(tmp_path)
        stack.facade.renewal.now()
        async with asyncio.timeout(20):
            while not await found(stack.face):
                pass


@pytest.mark.case("A13")
async def test_the_environment_neither_redirects_credentials_nor_says_whom_to_trust(
    upstream: sandbox.Running, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login canary-7f3a password canary-7f3a\n")
    authority = AUTHORITY.write(tmp_path)

    async def proxy(connection: Connection) -> None:
        await connection.reader.read(1)

    async with serving(proxy) as between, serving(always(answer(FOUND)), speaking()) as server:
        environment = dict.fromkeys(PROXIES, between.url) | {
            "NETRC": str(netrc),
            "SSL_CERT_FILE": authority,
            "SSL_CERT_DIR": str(tmp_path),
            "FACADE_PUBLISH_URL": upstream.url,
            "FACADE_INTEGRATION_URL": upstream.url,
            "FACADE_BPM_URL": at(server),
        }
        with command("serve", **environment, **FREE) as running:
            lines = await asyncio.to_thread(running.lines_until, "  Publishing with")
            grpc, graphql = addresses("\n".join(lines))
            for client in (GrpcFace(grpc), GraphqlFace(graphql.removesuffix("/graphql"))):
                async with client as face:
                    with pytest.raises(Failure) as caught:
                        await face.call("GetUser", USER)
                    assert (caught.value.code, caught.value.reason) == ("UNAVAILABLE", "UPSTREAM_UNREACHABLE")
                    assert await face.call("CheckHealth") == {"message": "API is running"}
            status, _, errors = await asyncio.to_thread(running.end)
    assert (between.opened, server.requests) == (0, [])
    entries = upstream.state.log.entries()
    assert [(entry.path, entry.headers.get("authorization")) for entry in entries] == [
        ("/publish/healthcheck/", None)
    ] * 2
    assert status == 0
    assert "canary-7f3a" not in errors
