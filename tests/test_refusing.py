"""Requests that are refused as they come, without the parser. What they are answered is in test_server_overload.py."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest
from starlette.responses import PlainTextResponse
from uvicorn.server import ServerState

import facade.congestion
from facade.admission import Door
from facade.congestion import LEAST, Congestion
from facade.graphql.turned_away import TurningAway
from facade.patience import Patience
from facade.refusing import REPEATED, whole
from facade.server import Running, running
from facade.web import config
from tests.support import settings_for, until
from tests.transports import Gated, running_api

pytestmark = pytest.mark.anyio

BODY = b'{"query":"{ publishHealth { message } }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 41"
ONE = HEAD + b"\r\n\r\n" + BODY


def with_header(line: bytes) -> bytes:
    """The request with one header more."""
    return HEAD + b"\r\n" + line + b"\r\n\r\n" + BODY


def test_a_whole_request_is_known_by_the_headers_that_matter() -> None:
    assert whole(ONE) == []
    assert whole(with_header(b"X-Request-Id: mine\r\nACCEPT:application/json")) == [
        (b"x-request-id", b"mine"),
        (b"accept", b"application/json"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ONE[:-1],
        ONE + b"P",
        ONE + ONE,
        HEAD + b"\r\n",
        b"POST /graphql HTTP/1.1\r\nContent-Length: 400",  # 40 bytes would be missing, if the head ended here
        ONE.replace(b"POST", b"PUT"),
        ONE.replace(b"/graphql", b"/graphqls"),
        ONE.replace(b"HTTP/1.1", b"HTTP/1.0"),
        ONE.replace(b"41", b"041"[:2]),
        ONE.replace(b"41", b"+41"),
        ONE.replace(b"41", b"4_1"),
        ONE.replace(b"41", b"4294967337"),
        ONE.replace(b"Content-Length:", b"Content-Length :"),
        ONE.replace(b"Content-Length:", b"X-Length:"),
        with_header(b"Content-Length: 41"),
        with_header(b"content-length: 0"),
        with_header(b"Transfer-Encoding: chunked"),
        with_header(b"transfer-encoding\t: chunked"),
        with_header(b"Connection: close"),
        with_header(b"Connection: upgrade\r\nUpgrade: websocket"),
        with_header(b"Expect: 100-continue"),
        with_header(b"X-A: b\nTransfer-Encoding: chunked"),
        with_header(b"X-A: b\rTransfer-Encoding: chunked"),
        with_header(b"X-A: \0"),
    ],
)
def test_whatever_might_be_read_another_way_is_left_to_the_parser(data: bytes) -> None:
    assert whole(data) is None


@pytest.fixture
async def congested(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Running, Gated]]:
    """A facade that lets in LEAST requests, and none beside them."""

    class Congested(Congestion):
        def __init__(self, lateness: float) -> None:
            super().__init__(lateness)
            self.most = float(LEAST)

    monkeypatch.setattr(facade.congestion, "GROW", 0.0)
    monkeypatch.setattr(facade.congestion, "CALM", math.inf)
    monkeypatch.setattr("facade.server.Congestion", Congested)
    gate = Gated(running_api)
    async with running(settings_for("http://upstream.invalid", keep_alive_timeout=60.0), gate) as it:
        yield it, gate
        gate.opened.set()


class Client:
    """A client that writes bytes as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def status(self) -> int:
        """The status of the next answer, which is read to its end."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await self._reader.readexactly(length)
        return int(head.split()[1])


async def connected(it: Running) -> Client:
    host, _, port = it.http.removeprefix("http://").rpartition(":")
    return Client(*await asyncio.open_connection(host, int(port)))


async def served_once(it: Running, gate: Gated, count: int) -> list[Client]:
    """So many clients, each of which has had a request, so that its next one comes without a parser's help."""
    clients = [await connected(it) for _ in range(count)]
    gate.opened.set()
    for client in clients:
        client.writer.write(ONE)
        assert await client.status() == 200
    gate.opened.clear()
    return clients


async def test_of_many_connections_those_that_came_first_are_served_and_all_go_on(
    congested: tuple[Running, Gated],
) -> None:
    it, gate = congested
    clients = await served_once(it, gate, LEAST + 6)
    for client in clients[:LEAST]:
        client.writer.write(ONE)
    await until(lambda: gate.waiting == LEAST)
    for _ in range(3):
        for client in clients[LEAST:]:
            client.writer.write(ONE)
        assert [await client.status() for client in clients[LEAST:]] == [503] * 6
    for data in (ONE + ONE, with_header(b"Transfer-Encoding: x"), ONE[:20]):  # what only the parser may read
        clients[-1].writer.write(data)
    assert [await clients[-1].status() for _ in range(2)] == [503, 503]
    assert it.door.in_flight == LEAST
    gate.opened.set()
    assert [await client.status() for client in clients[:LEAST]] == [200] * LEAST
    for client in clients[:-1]:
        client.writer.write(ONE)
        assert await client.status() == 200
    for client in clients:
        client.writer.close()


async def test_a_request_that_was_refused_before_is_not_answered_ahead_of_one_that_is_served(
    congested: tuple[Running, Gated],
) -> None:
    it, gate = congested
    clients = await served_once(it, gate, LEAST + 1)
    for number, client in enumerate(clients):
        client.writer.write(ONE)
        await until(lambda: gate.waiting == min(number + 1, LEAST))  # noqa: B023 - asked within the turn
    assert await clients[-1].status() == 503
    gate.opened.set()
    assert [await client.status() for client in clients[:-1]] == [200] * LEAST
    gate.opened.clear()
    for number, client in enumerate(clients[1:], 1):
        client.writer.write(ONE)
        await until(lambda: gate.waiting == number)  # noqa: B023 - asked within the turn
    clients[-1].writer.write(ONE)  # which would be refused, if there were not one before it
    clients[0].writer.write(ONE)
    assert await clients[0].status() == 503
    gate.opened.set()
    assert [await clients[-1].status() for _ in range(2)] == [200, 200]
    for client in clients:
        client.writer.close()


class Written:
    """A transport that keeps what is written, and whether it was closed."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.parts.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, _name: str, default: object = None) -> object:
        return default


def refusing(leaving: Callable[[], bool] = lambda: False) -> tuple[Any, Written]:
    """A connection of a facade that lets nothing in, and its transport."""
    congestion = Congestion(0.1)
    congestion.most = 0.0
    away = TurningAway(Door(1, None, congestion))
    serving = config(
        PlainTextResponse("none"), max_message=1000, max_age=1e6, idle=30.0, turned_away=away, leaving=leaving
    )
    serving.load()
    transport = Written()
    connection: Any = cast("Any", serving.http_protocol_class)(config=serving, server_state=ServerState(), app_state={})
    connection.connection_made(transport)
    return connection, transport


async def test_who_is_refused_is_not_taken_for_idle() -> None:
    connection, transport = refusing()
    patience = Patience(head=10.0, idle=30.0, body=10.0, rate=1)
    for now in (0.0, 20.0, 40.0, 60.0):  # each refused one begins the time anew
        connection.data_received(ONE)
        connection.look(now, patience)
    assert [part[:12] for part in transport.parts] == [b"HTTP/1.1 503"] * 4
    assert not transport.closed
    for now in (61.0, 93.0):
        connection.look(now, patience)
    assert transport.closed


@pytest.mark.parametrize("parts", [[ONE], [HEAD, ONE[len(HEAD) :]], [ONE[:-1], ONE[-1:]]])
@pytest.mark.parametrize("before", [0, 1])
async def test_a_facade_that_leaves_closes_the_connections_whose_requests_it_refuses(
    parts: list[bytes], before: int
) -> None:
    last = False
    connection, transport = refusing(lambda: last)
    for _ in range(before):
        connection.data_received(ONE)
    last = True
    for part in parts:
        assert not transport.closed  # what is left of a request is read: the answer could be lost otherwise
        connection.data_received(part)

    assert [b"connection: close\r\n" in answer for answer in transport.parts] == [False] * before + [True]
    assert transport.closed


async def test_a_request_like_the_last_one_is_answered_for_itself() -> None:
    connection, transport = refusing()
    mine, other = (with_header(b"x-request-id: " + name) for name in (b"mine", b"ours"))
    long = with_header(b"x-request-id: mine\r\nX-Long: " + b"x" * REPEATED)
    for data in (mine, mine, other, mine + mine, long, long, mine[:50], mine[50:], mine):
        connection.data_received(data)

    answers = b"".join(transport.parts).split(b"x-request-id: ")[1:]
    assert [answer[:4] for answer in answers] == [b"mine", b"mine", b"ours", *[b"mine"] * 6]
    assert not transport.closed
