"""Whom a client's certificate names, as an application of HTTP is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from facade.admission import Door
from facade.graphql.turned_away import TurningAway
from facade.patience import Patience
from facade.ports import bound, shown
from facade.tls import NAMES, Port, port
from facade.web import HttpServer, config
from tests.certificates import Issued
from tests.rpc.test_tls import ALL, files
from tests.tls import CLIENTS, context

pytestmark = pytest.mark.anyio

PATIENCE = Patience(head=10.0, idle=5.0, body=10.0, rate=1)


async def over_http(request: Request) -> JSONResponse:
    return JSONResponse(request.scope["state"].get(NAMES))


async def over_websocket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_json(socket.scope["state"].get(NAMES))
    await socket.close()


@asynccontextmanager
async def naming(tls: Port | None) -> AsyncIterator[str]:
    """Host and port of a server that answers with the names of whoever calls."""
    application = Starlette(routes=[Route("/", over_http), WebSocketRoute("/ws", over_websocket)])
    with bound("ADDRESS", "127.0.0.1:0") as listener:
        current = (lambda: tls.context) if tls else None
        server = HttpServer(
            config(
                application,
                max_message=1000,
                max_age=60.0,
                idle=5.0,
                turned_away=TurningAway(Door(1)),
                leaving=lambda: False,
            ),
            PATIENCE,
            current,
        )
        serving = asyncio.create_task(server.serve([listener]))
        await server.listening.wait()
        yield shown(listener)
        server.stop()
        await serving


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(CLIENTS.issue(*ALL, common_name="service"), [*ALL[:4], "service"], id="all kinds"),
        pytest.param(CLIENTS.issue("service.example"), ["service.example"], id="no common name"),
        pytest.param(CLIENTS.issue(common_name="Dienst für alles"), ["Dienst für alles"], id="nothing else"),
        pytest.param(CLIENTS.issue("10.0.0.1"), None, id="an address, which names nobody"),
    ],
)
async def test_the_names_of_a_certificate(own: Issued, expected: list[str] | None, tmp_path: Path) -> None:
    tls = context(own)
    async with naming(port(files(tmp_path, mutual=True))) as address:
        async with httpx.AsyncClient(verify=tls, base_url=f"https://{address}") as client:
            assert [(await client.get("/")).json() for _ in range(2)] == [expected] * 2
        async with connect(f"wss://{address}/ws", ssl=tls, proxy=None) as socket:
            assert httpx.Response(200, text=str(await socket.recv())).json() == expected


async def test_who_need_not_show_a_certificate_is_not_named(tmp_path: Path) -> None:
    for tls, scheme in ((port(files(tmp_path, mutual=False)), "https"), (None, "http")):
        async with naming(tls) as address, httpx.AsyncClient(verify=context(CLIENTS.issue("a.example"))) as client:
            assert (await client.get(f"{scheme}://{address}/")).json() is None
