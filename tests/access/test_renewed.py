"""Callers who show a certificate, and a callers' file that is replaced while the facade serves."""

import logging
from pathlib import Path

import pytest

from facade.server import running
from tests.access.files import HEADERS, OWN, billing, callers
from tests.faces.client import Failure
from tests.faces.stack import FACES, client
from tests.graphql.socket import connected
from tests.support import settings_for, until
from tests.tls import CLIENTS, SERVICE, context, secured
from tests.tls import client as client_over_tls

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
