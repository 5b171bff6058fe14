"""Requests that are sent before the answers to those before them: so many, and no more, are kept until their turn."""

import asyncio
from typing import Any, cast

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from facade.admission import Door
from facade.graphql.turned_away import TurningAway
from facade.patience import MOST_AHEAD
from facade.web import config
from tests.support import until

pytestmark = pytest.mark.anyio

ONE = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"


class Written:
    """A transport that keeps what is written, and takes all of it."""

    def __init__(self) -> None:
        self.content = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.content += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """What has been read already is what counts."""

    def resume_reading(self) -> None:
        """As above."""

    def get_extra_info(self, _name: str, default: object = None) -> object:
        return default


@pytest.mark.parametrize(("ahead", "ends"), [(MOST_AHEAD, False), (MOST_AHEAD + 1, True), (50 * MOST_AHEAD, True)])
async def test_so_many_requests_wait_for_the_answer_before_them(ahead: int, ends: bool) -> None:
    opened = asyncio.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await opened.wait()
        await PlainTextResponse("alive\n")(scope, receive, send)

    serving = config(
        application, max_message=1000, max_age=1e6, idle=30.0, turned_away=TurningAway(Door(1)), leaving=lambda: False
    )
    serving.load()
    transport: Any = Written()
    connection: Any = cast("Any", serving.http_protocol_class)(config=serving, server_state=ServerState(), app_state={})
    connection.connection_made(transport)
    connection.data_received(ONE + ONE * ahead)
    assert len(connection.pipeline) == MOST_AHEAD
    opened.set()
    await until(lambda: transport.content.count(b"HTTP/1.1 200 OK") == 1 + MOST_AHEAD)
    await until(lambda: transport.closed == ends)
    connection.data_received(ONE)  # which is not listened to where the connection ends
    await until(lambda: transport.content.count(b"HTTP/1.1 200 OK") == 1 + MOST_AHEAD + (not ends))
