"""Clients that take their time: waited for as long as the settings say, whatever they drip meanwhile."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from facade import patience, sandbox, web
from facade.server import Running, running
from tests.catalogue.http import HEALTH, QUERY, connection, post
from tests.support import settings_for, until

pytestmark = [pytest.mark.anyio, pytest.mark.case("I01")]

TICK = 0.1  # seconds; the rest in such ticks, instead of seconds
PAUSE = 0.02


@pytest.fixture
async def facade(upstream: sandbox.Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """A facade that has little patience."""
    for module in (patience, web):
        monkeypatch.setattr(module, "TICK", TICK)
    monkeypatch.setattr(patience, "WINDOW", 10 * TICK)
    monkeypatch.setattr(patience, "UNREAD", 10 * TICK)
    changes = {"head_timeout": 10 * TICK, "keep_alive_timeout": 12 * TICK, "min_body_rate": 1000}
    async with running(settings_for(upstream.url, **changes)) as started:
        yield started


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HTTP/1.1\r\nhost: fac", b"P"])
async def test_who_sends_no_whole_head_is_told_and_cut(begun: bytes, facade: Running) -> None:
    async with connection(facade) as client:
        client.send(begun)
        assert (await client.rest()).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


@pytest.mark.parametrize("drip", [b"x", b"\r\n"], ids=["a header's name", "empty lines"])
async def test_who_drips_a_head_is_cut_as_well(drip: bytes, facade: Running) -> None:
    async with connection(facade) as client:
        client.send(b"GET /healthz HTTP/1.1\r\n" if drip == b"x" else b"")
        assert (await client.drip(drip, PAUSE)).startswith(b"HTTP/1.1 408 ")


async def test_the_next_head_of_a_connection_must_come_too(facade: Running) -> None:
    async with connection(facade) as client:
        client.send(HEALTH)
        assert await client.answer() == (200, b"alive\n")
        client.send(b"GET /hea")
        assert (await client.drip(b"l", PAUSE)).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("drip", [b"", b"\r\n"], ids=["in silence", "with empty lines"])
async def test_a_connection_without_requests_is_closed_without_a_word(drip: bytes, facade: Running) -> None:
    async with connection(facade) as client:
        client.send(HEALTH)
        assert await client.answer() == (200, b"alive\n")
        assert await (client.drip(drip, PAUSE) if drip else client.rest()) == b""


@pytest.mark.parametrize("begun", [b"", b"{"], ids=["not at all", "not to its end"])
async def test_who_does_not_send_the_body_is_told_and_cut(begun: bytes, facade: Running) -> None:
    async with connection(facade) as client:
        client.send(post(begun, "content-length: 100", length=False))
        assert (await client.rest()).startswith(b"HTTP/1.1 408 ")
    await until(lambda: facade.door.in_flight == 0)


@pytest.mark.parametrize(
    ("header", "drip"),
    [("content-length: 100000", b" "), ("transfer-encoding: chunked", b"1\r\n \r\n")],
    ids=["of a length", "of chunks"],
)
async def test_who_drips_the_body_is_told_and_cut(header: str, drip: bytes, facade: Running) -> None:
    async with connection(facade) as client:
        client.send(post(b"", header, length=False))
        assert (await client.drip(drip, PAUSE)).startswith(b"HTTP/1.1 408 ")
    await until(lambda: facade.door.in_flight == 0)


async def test_a_body_is_cut_after_the_longest_time_even_at_its_rate(upstream: sandbox.Running) -> None:
    changes = {"default_timeout": 1.0, "max_timeout": 1.0, "min_body_rate": 1}
    async with running(settings_for(upstream.url, **changes)) as facade, connection(facade) as client:
        client.send(post(b"", "content-length: 1000000", length=False))
        assert (await client.drip(b" ", PAUSE)).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_comes_at_its_rate_is_waited_for(facade: Running) -> None:
    body = QUERY + b" " * 4000
    async with connection(facade) as client:
        client.send(post(b"", f"content-length: {len(body)}", length=False))
        answer = asyncio.create_task(client.answer())
        for place in range(0, len(body), 100):  # takes four windows
            client.send(body[place : place + 100])
            await asyncio.wait((answer,), timeout=PAUSE)
        assert (await answer)[0] == 200


async def test_an_upstream_that_takes_its_time_is_not_the_client_s_fault(upstream: sandbox.Running) -> None:
    query = b'{"query": "{ publishHealth { message } }"}'
    async with running(settings_for(upstream.url, head_timeout=1.0, keep_alive_timeout=1.0)) as facade:
        async with httpx.AsyncClient() as setting:
            faults = [{"path": "/publish/*", "delay": 2.5}]
            (await setting.put(f"{upstream.url}/sandbox/faults", json=faults)).raise_for_status()
        async with connection(facade) as client:
            client.send(post(query))
            assert (await client.answer())[0] == 200


async def test_a_request_that_was_refused_before_its_body_keeps_its_connection(facade: Running) -> None:
    async with connection(facade) as client:
        client.send(post(QUERY, "content-encoding: gzip"))
        assert (await client.answer())[0] == 415
        client.send(HEALTH)
        assert await client.answer() == (200, b"alive\n")


async def test_who_does_not_take_the_answers_is_cut(facade: Running) -> None:
    host, _, port = facade.http.removeprefix("http://").rpartition(":")
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, (host, int(port)))
    asked = b"GET /schema.graphql HTTP/1.1\r\nhost: facade\r\n\r\n" * 2000

    async def send() -> None:
        """Sends until a reset tells that the connection is gone."""
        await loop.sock_sendall(raw, asked)
        while True:
            await loop.sock_sendall(raw, b"x")
            await asyncio.sleep(PAUSE)

    with raw:
        async with asyncio.timeout(20):
            with pytest.raises(ConnectionError):
                await send()


async def test_five_hundred_of_all_kinds_are_closed_while_others_are_served(upstream: sandbox.Running) -> None:
    kinds = (b"", b"GET / HTTP/1.1\r\nx: ", post(b"{", "content-length: 9000", length=False))
    async with running(settings_for(upstream.url, head_timeout=2.0, max_timeout=2.0, default_timeout=2.0)) as facade:
        async with AsyncExitStack() as stack, httpx.AsyncClient(base_url=facade.http) as honest:
            clients = [await stack.enter_async_context(connection(facade)) for _ in range(500)]
            for number, each in enumerate(clients):
                each.send(kinds[number % len(kinds)])
            ends = asyncio.gather(*(each.rest() for each in clients))
            while not ends.done():
                answer = await honest.post("/graphql", json={"query": "{ __typename }"})
                assert answer.json() == {"data": {"__typename": "Query"}}
                await asyncio.wait((ends,), timeout=PAUSE)
            assert {end.split(b"\r\n")[0] for end in await ends} == {b"HTTP/1.1 408 Request Timeout"}
        assert facade.door.in_flight == 0
