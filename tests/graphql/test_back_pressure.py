"""A client that does not read stops its sync, over both transports."""

import asyncio
import json
import socket

import httpx
import pytest
from starlette.types import Message

from facade.admission import Door
from facade.assembly import connected, executing
from facade.bulk.connect import over
from facade.graphql import execution
from facade.graphql.accept import EVENTS_TYPE
from facade.graphql.endpoint import Endpoint
from facade.server import Running, running
from tests.graphql.socket import sync
from tests.support import basic, settings_for, until
from tests.transports import Answering

pytestmark = pytest.mark.anyio

NOWHERE = "http://upstream.invalid"  # the transport does not look
USERS = 20_000
DOMAIN = "x" * 200 + ".example"  # so that their results are more than the kernel takes
WINDOW = 64  # results that the engine makes before one is taken: twice the calls that it makes at a time
STILL = 200  # looks at a number that must not change any more
HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    f"sec-websocket-protocol: graphql-transport-ws\r\nauthorization: {basic()['authorization']}\r\n\r\n"
).encode()
HEADERS = basic() | {"accept": EVENTS_TYPE, "content-type": "application/json"}


class Account(Answering):
    """An account without users, which takes any."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.added = 0

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"beginIndex": 0, "endIndex": 99, "users": [], "totalUsers": 0})
        self.added += 1
        return httpx.Response(200)

    async def at_rest(self) -> int:
        """How many were added when no more are."""
        seen = [-1]

        def same() -> bool:
            seen.append(self.added)
            return len(seen) > STILL and len(set(seen[-STILL:])) == 1

        await until(same, 60.0)
        return self.added


async def test_no_result_is_taken_before_the_one_before_is_on_its_way() -> None:
    """Seen from ASGI, where the test decides when there is room."""
    account, settings, door = Account(), settings_for(NOWHERE), Door(1)
    upstreams = connected(settings, account)
    executor = executing(settings, upstreams, over(upstreams, door, places=2, item_time=1.0))
    body = json.dumps(sync(500)).encode()
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    room = asyncio.Semaphore(3)  # for the head, the plan and one result
    messages: list[Message] = [{"type": "http.request", "body": body}]
    sent: list[bytes] = []

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def send(message: Message) -> None:
        await room.acquire()
        sent.append(message.get("body", b""))

    endpoint = Endpoint(executor, door, max_body=len(body))
    answering = asyncio.create_task(endpoint({"type": "http", "method": "POST", "headers": headers}, receive, send))
    await until(lambda: len(sent) == 3)
    assert 1 <= await account.at_rest() <= 8, "no more than the window and what is in our hands"
    for _ in range(1000):
        room.release()
    await answering
    assert account.added == 500
    assert sent[-1].startswith(b"event: complete")


async def test_results_that_were_not_taken_are_of_things_that_may_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "LATE", 0.0)
    account, settings, door = Account(), settings_for(NOWHERE, bulk_timeout=0.5), Door(1)
    upstreams = connected(settings, account)
    executor = executing(settings, upstreams, over(upstreams, door, places=2, item_time=1.0))
    body = json.dumps(sync(500)).encode()
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    room = asyncio.Semaphore(2)  # for the head and the plan
    messages: list[Message] = [{"type": "http.request", "body": body}]
    sent: list[bytes] = []
    begun = 0

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def send(message: Message) -> None:
        nonlocal begun
        begun += 1
        await room.acquire()
        sent.append(message.get("body", b""))

    endpoint = Endpoint(executor, door, max_body=len(body))
    answering = asyncio.create_task(endpoint({"type": "http", "method": "POST", "headers": headers}, receive, send))
    await until(lambda: begun == 4)  # the first result has waited until the time was over, and now the end waits
    room.release()
    room.release()
    await answering
    (error,) = json.loads(sent[2].partition(b"data: ")[2])["errors"]
    assert account.added > 0
    assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("DEADLINE_EXCEEDED", False)


@pytest.mark.parametrize("transport", ["events", "websocket"])
async def test_what_the_kernel_holds_back_the_server_holds_back(transport: str) -> None:
    account = Account()
    async with running(settings_for(NOWHERE, max_request_bytes=2**24), account) as facade:
        with await asked(facade, transport):
            await until(lambda: account.added > 0, 30.0)
            added = await account.at_rest()
            assert added < 0.8 * USERS
            assert facade.door.in_flight == 1
        await until(lambda: facade.door.in_flight == 0, 1.0)
        assert account.added - added <= WINDOW, "those that were under way"


async def asked(facade: Running, transport: str) -> socket.socket:
    """A client that has asked for a sync and reads nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    host, _, port = facade.http.removeprefix("http://").partition(":")
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, (host, int(port)))
    payload = json.dumps(sync(USERS, DOMAIN))
    if transport == "events":
        await loop.sock_sendall(client, posted(payload))
        return client
    await loop.sock_sendall(client, HANDSHAKE)
    assert (await loop.sock_recv(client, 1024)).startswith(b"HTTP/1.1 101 ")
    for message in ('{"type": "connection_init"}', f'{{"type": "subscribe", "id": "a", "payload": {payload}}}'):
        await loop.sock_sendall(client, frame(message.encode()))
    return client


def posted(payload: str) -> bytes:
    """The bytes of a POST."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    return f"POST /graphql HTTP/1.1\r\nhost: x\r\n{headers}content-length: {len(payload)}\r\n\r\n{payload}".encode()


def frame(text: bytes) -> bytes:
    """A text frame with the mask 0, which changes nothing (RFC 6455 section 5.2)."""
    return b"\x81\xff" + len(text).to_bytes(8, "big") + bytes(4) + text
