"""A client of graphql-transport-ws, as bare as the protocol."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

from facade.server import Running
from tests.support import basic

SUBPROTOCOL = Subprotocol("graphql-transport-ws")
SYNC = (
    "subscription($roster: [NewUserInput!]!, $options: SyncOptionsInput) {"
    " syncUsers(roster: $roster, options: $options) {"
    " plan { toAdd toDelete kept }"
    " result { itemId ok message error { code reason message } }"
    " summary { added failed notAttempted } } }"
)
HEALTH = {"query": "{ publishHealth { message } }"}
UP = {"data": {"publishHealth": {"message": "API is running"}}}


def sync(count: int, domain: str = "example.com", **options: Any) -> dict[str, Any]:
    """The payload that adds so many users."""
    roster = [{"mail": f"n{number}@{domain}", "cn": "New", "sn": "User"} for number in range(count)]
    return {"query": SYNC, "variables": {"roster": roster, "options": options}}


class Talk:
    """A connection, talked over in objects."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        """Sends a message."""
        await self.socket.send(json.dumps(message))

    async def hear(self) -> Any:
        """The next message."""
        return json.loads(await self.socket.recv())

    async def subscribe(self, id_: str, payload: Any) -> None:
        """Asks for an operation."""
        await self.say(type="subscribe", id=id_, payload=payload)

    async def until_ended(self, id_: str) -> list[Any]:
        """The payloads of an operation, up to its end; the last is None for complete, a list of errors else."""
        payloads: list[Any] = []
        while True:
            message = await self.hear()
            assert message["id"] == id_
            if message["type"] != "next":
                return [*payloads, message.get("payload")]
            payloads.append(message["payload"])

    async def closed(self) -> tuple[int, str]:
        """Code and reason of the connection's end."""
        with suppress(ConnectionClosedError):
            async for _ in self.socket:
                pass
        assert self.socket.close_code is not None
        return self.socket.close_code, self.socket.close_reason or ""


@asynccontextmanager
async def opened(facade: Running, headers: dict[str, str] | None = None, **options: Any) -> AsyncIterator[Talk]:
    """A connection that has shaken hands."""
    url = facade.http.replace("http", "ws", 1) + "/graphql"
    given = {"subprotocols": [SUBPROTOCOL], "proxy": None, "additional_headers": headers or {}} | options
    async with connect(url, **given) as socket:
        yield Talk(socket)


@asynccontextmanager
async def connected(facade: Running, payload: Any = None, **options: Any) -> AsyncIterator[Talk]:
    """A connection that is acknowledged; the API user's, if not said otherwise."""
    async with opened(facade, **options) as talk:
        await talk.say(type="connection_init", payload=basic() if payload is None else payload)
        assert await talk.hear() == {"type": "connection_ack"}
        yield talk
