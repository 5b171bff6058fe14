"""Callers who show a certificate, and files and keys that are replaced while the facade serves."""

import logging
import os
import threading
from pathlib import Path

import pytest

from facade.server import running
from tests.access import issuer
from tests.access.files import HEADERS, OWN, billing, callers
from tests.access.issuer import key_set, public, token
from tests.faces.client import Failure
from tests.faces.stack import FACES, client
from tests.graphql.socket import connected
from tests.support import settings_for, until
from tests.tls import CLIENTS, SERVICE, context, secured
from tests.tls import client as client_over_tls
from tests.upstreams.wire import Connection, answer, serving

pytestmark = pytest.mark.anyio

SHOWN = '[caller.service]\ncertificate = "service.example"\noperations = ["ProvisioningService/GetUser"]\n'
USER = ("GetUser", {"mail": "api@example.com"})


@pytest.mark.parametrize("name", FACES)
async def test_a_certificate_tells_who_calls(name: str, tmp_path: Path) -> None:
    known = callers(tmp_path, SHOWN)
    async with secured(tmp_path, mutual=True, callers=known, **OWN) as secure:
        async with client_over_tls(name, secure.facade, SERVICE) as face:
            assert (await face.call(*USER, {}))["user"]["mail"] == "api@example.com"
            with pytest.raises(Failure, match="PERMISSION_DENIED OPERATION_NOT_ALLOWED"):
                await face.call("ListUsers", {}, {})
        async with client_over_tls(name, secure.facade, CLIENTS.issue("nobody.example")) as face:
            with pytest.raises(Failure, match="UNAUTHENTICATED CALLER_NOT_AUTHENTICATED"):
                await face.call(*USER, {})


async def test_a_certificate_tells_who_is_on_a_websocket(tmp_path: Path) -> None:
    known = callers(tmp_path, SHOWN)
    async with (
        secured(tmp_path, mutual=True, callers=known, **OWN) as secure,
        connected(secure.facade, {}, ssl=context(SERVICE)) as talk,
    ):
        await talk.subscribe("a", {"query": '{ user(mail: "api@example.com") { cn } }'})
        answer, _ = await talk.until_ended("a")
        assert answer["data"]["user"]["cn"]


PEERS = """
[caller.service]
certificate = "service.example"
operations = ["*"]
[caller.peer]
certificate = "peer.example"
operations = ["*"]
"""


@pytest.mark.parametrize("name", FACES)
async def test_callers_known_by_their_certificates_have_a_quota_each(name: str, tmp_path: Path) -> None:
    little = {"rate_per_caller": 0.001, "burst_per_caller": 2}
    async with secured(tmp_path, mutual=True, callers=callers(tmp_path, PEERS), **OWN, **little) as secure:
        async with client_over_tls(name, secure.facade, SERVICE) as face:
            for _ in range(2):
                await face.call(*USER, {})
            for made_up in ({}, {"x-bpm-authorization": "Basic YTpi"}, {"cookie": "access_token=a"}):
                with pytest.raises(Failure, match="RESOURCE_EXHAUSTED RATE_LIMITED"):
                    await face.call(*USER, made_up)
        async with client_over_tls(name, secure.facade, CLIENTS.issue("peer.example")) as face:
            assert (await face.call(*USER, {}))["user"]["mail"] == "api@example.com"


async def test_a_websocket_s_certificate_has_the_same_quota(tmp_path: Path) -> None:
    little = {"rate_per_caller": 0.001, "burst_per_caller": 2}
    async with secured(tmp_path, mutual=True, callers=callers(tmp_path, PEERS), **OWN, **little) as secure:
        async with client_over_tls("graphql", secure.facade, SERVICE) as face:
            for _ in range(2):
                await face.call(*USER, {})
        for own, limited in ((SERVICE, True), (CLIENTS.issue("peer.example"), False)):
            async with connected(secure.facade, {}, ssl=context(own)) as talk:
                await talk.subscribe("a", {"query": '{ user(mail: "api@example.com") { cn } }'})
                answers = await talk.until_ended("a")
                assert ("RATE_LIMITED" in str(answers)) is limited


@pytest.mark.parametrize("name", FACES)
async def test_the_callers_file_is_read_again(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "facade.renewal")
    known = callers(tmp_path, billing('["ProvisioningService/GetUser"]'))

    def said() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == "facade.renewal"]

    async with running(settings_for("http://upstream.invalid", callers=known)) as facade, client(name, facade) as face:
        with pytest.raises(Failure, match="UNAUTHENTICATED MISSING_CREDENTIALS"):
            await face.call(*USER, HEADERS)
        callers(tmp_path, "canary")
        facade.renewal.now()
        await until(lambda: said() == ["files not usable: what was read before stays"])
        with pytest.raises(Failure, match="UNAUTHENTICATED MISSING_CREDENTIALS"):
            await face.call(*USER, HEADERS)
        callers(tmp_path, billing('["TicketService/*"]'))
        facade.renewal.now()
        await until(lambda: said()[1:] == ["files read anew"])
        with pytest.raises(Failure, match="PERMISSION_DENIED OPERATION_NOT_ALLOWED"):
            await face.call(*USER, HEADERS)
    assert "canary" not in str([record.__dict__ for record in caplog.records])


@pytest.mark.parametrize("name", FACES)
async def test_keys_at_a_url_are_read_again_when_it_is_asked_for(name: str, tmp_path: Path) -> None:
    given = [key_set()]

    async def keys(connection: Connection) -> None:
        while True:
            await connection.request()
            await connection.send(answer(given[0].encode()))

    known = callers(tmp_path, billing(more='jwt_subject = "billing@clients"\n'))
    bearer = {"authorization": f"Bearer {token()}", "x-bpm-authorization": "Basic YTpi"}
    async with serving(keys) as site:
        trusted = {"jwt_issuer": issuer.NAME, "jwt_audience": issuer.AUDIENCE, "jwt_keys": f"{site.url}/keys"}
        settings = settings_for("http://upstream.invalid", callers=known, **trusted)
        async with running(settings) as facade, client(name, facade) as face:
            with pytest.raises(Failure, match="UNAVAILABLE UPSTREAM_UNREACHABLE"):
                await face.call(*USER, bearer)
            given[0] = key_set(public("RS256"))
            facade.renewal.now()
            await until(lambda: len(site.requests) == 2)
            refused = False
            while not refused:  # as soon as the answer has been read
                with pytest.raises(Failure) as caught:
                    await face.call(*USER, bearer)
                refused = "CALLER_NOT_AUTHENTICATED" in str(caught.value)
    assert len(site.requests) == 2


async def test_a_file_is_read_once_at_the_start_and_may_be_gone_after_that(tmp_path: Path) -> None:
    pipe = tmp_path / "callers.toml"
    os.mkfifo(pipe)

    def given() -> None:
        with pipe.open("w") as file:  # returns when somebody reads
            pipe.unlink()
            file.write(billing())

    giving = threading.Thread(target=given, daemon=True)
    giving.start()
    settings = settings_for("http://upstream.invalid", callers=str(pipe))
    async with running(settings) as facade, client("graphql", facade) as face:
        giving.join()
        with pytest.raises(Failure, match="UNAUTHENTICATED MISSING_CREDENTIALS"):
            await face.call(*USER, HEADERS)
