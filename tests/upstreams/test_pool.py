"""The pool by itself: which connections it opens, keeps and closes. The other end is a bare socket of the test's."""

import asyncio
import resource
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import httpx
import pytest

from facade.upstreams.connection import Answer, Connection
from facade.upstreams.pool import Origin, Pool, usable
from facade.upstreams.transport import Transport
from tests.support import until
from tests.upstreams.wire import Connection as ServerSide
from tests.upstreams.wire import Server, always, answer, once, serving

REQUEST = b"POST / HTTP/1.1\r\nhost: upstream\r\ncontent-length: 2\r\n\r\n{}"
LONG = 2.0  # seconds, after which a connection is looked at before it is used


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    with closing(a_pool()) as pool:
        yield pool


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def a_pool(*, max_idle: int = 100, idle_time: float = 30.0, connect_timeout: float = 5.0) -> Pool:
    return Pool(max_answer=1000, connect_timeout=connect_timeout, max_idle=max_idle, idle_time=idle_time)


def at(where: socket.socket | Server) -> Origin:
    if isinstance(where, Server):
        return b"http", b"127.0.0.1", httpx.URL(where.url).port or 0
    return b"http", b"127.0.0.1", where.getsockname()[1]


async def idle_ones(pool: Pool, origin: Origin, count: int) -> list[Connection]:
    """Connections that the pool keeps."""
    taken = [await pool.take(origin) for _ in range(count)]
    for connection in taken:
        await connection.exchange(REQUEST)
    for connection in taken:
        pool.give(origin, connection)
    return taken


async def test_the_connection_that_was_given_last_is_taken_first(pool: Pool) -> None:
    async with serving(always(answer())) as server:
        kept = await idle_ones(pool, at(server), 3)

        assert [await pool.take(at(server)) for _ in range(3)] == kept[::-1]


async def test_connections_beyond_those_to_be_kept_are_closed_the_oldest_first() -> None:
    async with serving(always(answer())) as server:
        with closing(a_pool(max_idle=2)) as pool:
            kept = await idle_ones(pool, at(server), 5)
            await until(lambda: server.ended == 3)

            assert [connection.reusable for connection in kept] == [False, False, False, True, True]


async def test_what_is_idle_for_long_is_closed_without_anybody_asking() -> None:
    async with serving(always(answer())) as server:
        with closing(a_pool(idle_time=0.02)) as pool:
            await idle_ones(pool, at(server), 3)
            await until(lambda: server.ended == 3)

            await idle_ones(pool, at(server), 1)  # and again, after there was nothing to watch
            await until(lambda: server.ended == 4)


async def test_what_has_been_used_lately_stays() -> None:
    async with serving(always(answer())) as server:
        with closing(a_pool(idle_time=0.5)) as pool:
            old, young = await idle_ones(pool, at(server), 2)
            young.idle_since += LONG
            await until(lambda: not old.reusable)

            assert young.reusable
            assert await pool.take(at(server)) is young


async def test_a_connection_that_was_idle_for_too_long_is_not_used(pool: Pool) -> None:
    async with serving(always(answer())) as server:
        (old,) = await idle_ones(pool, at(server), 1)
        old.idle_since -= 31

        assert await pool.take(at(server)) is not old
        await until(lambda: server.ended == 1)


async def test_a_connection_that_was_idle_for_a_while_is_used(pool: Pool) -> None:
    async with serving(always(answer())) as server:
        (kept,) = await idle_ones(pool, at(server), 1)
        kept.idle_since -= LONG

        assert await pool.take(at(server)) is kept


@pytest.mark.case("B09")
async def test_an_old_connection_is_not_kept_however_busy_it_is(pool: Pool) -> None:
    async with serving(always(answer())) as server:
        (kept,) = await idle_ones(pool, at(server), 1)
        assert 269 < kept.old_at - time.monotonic() < 331
        assert await pool.take(at(server)) is kept
        kept.old_at = time.monotonic()
        await kept.exchange(REQUEST)
        pool.give(at(server), kept)

        assert await pool.take(at(server)) is not kept
        await until(lambda: server.ended == 1)


async def exchanged(connection: Connection, peer: socket.socket) -> Answer:
    call = asyncio.create_task(connection.exchange(REQUEST))
    await asyncio.get_running_loop().sock_recv(peer, 1000)
    peer.send(answer())
    return await call


@pytest.mark.parametrize("last", [b"", answer(b'"evil"')], ids=["its end", "an answer that nobody asked for"])
async def test_after_a_while_what_came_in_the_same_instant_is_seen(
    pool: Pool, listener: socket.socket, last: bytes
) -> None:
    connection = await pool.take(at(listener))
    with listener.accept()[0] as peer:
        peer.setblocking(False)
        await exchanged(connection, peer)
        connection.idle_since -= LONG
        assert usable(connection, 30.0)

        if last:
            peer.send(last)
        else:
            peer.close()  # from here the loop has no turn in which it could read

        assert not usable(connection, 30.0)


@pytest.mark.case("C05")
async def test_the_next_post_does_not_meet_a_closing_that_is_known(pool: Pool) -> None:
    async with serving(once(answer())) as server:
        for number in range(1, 20):
            connection = await pool.take(at(server))
            assert (await connection.exchange(REQUEST)).status == 200
            pool.give(at(server), connection)
            await until(lambda: not connection.reusable)  # noqa: B023 - asked within the turn
            assert server.opened == number


async def test_a_connection_that_ended_before_its_first_request_says_that_nothing_was_sent(
    pool: Pool, listener: socket.socket
) -> None:
    """The adapter repeats a write after that."""
    connection = await pool.take(at(listener))
    listener.accept()[0].close()
    await until(lambda: not connection.reusable)

    with pytest.raises(httpx.ConnectError):
        await connection.exchange(REQUEST)


async def test_closing_closes_what_is_kept_and_what_is_given_afterwards(pool: Pool) -> None:
    async with serving(always(answer())) as server:
        kept, in_use = [await pool.take(at(server)) for _ in range(2)]
        await kept.exchange(REQUEST)
        pool.give(at(server), kept)

        pool.close()
        assert (await in_use.exchange(REQUEST)).status == 200
        pool.give(at(server), in_use)

        await until(lambda: server.ended == 2)


@pytest.mark.case("B09")
async def test_a_name_that_dns_cannot_have(pool: Pool) -> None:
    with pytest.raises(httpx.ConnectError):
        await pool.take((b"http", b"a" * 64 + b".example", 80))


@pytest.fixture
def descriptors() -> Iterator[None]:
    """As many open files as a thousand connections need, both ends of them."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before, min(4096, most)), most))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


@pytest.mark.usefixtures("descriptors")
@pytest.mark.parametrize("in_a_row", [1, 2])
async def test_a_thousand_calls_at_once_get_each_its_own_answer(in_a_row: int) -> None:
    async def echo(connection: ServerSide) -> None:
        while True:
            request = await connection.request()
            await connection.send(answer(request.rpartition(b"\r\n\r\n")[2]))

    async def call(transport: Transport, url: str, number: int) -> None:
        for turn in range(in_a_row):
            content = b"%d.%d" % (number, turn)
            got = await transport.handle_async_request(httpx.Request("POST", url, content=content))
            assert await got.aread() == content

    async with serving(echo) as server:
        async with Transport(max_answer=1000, max_idle=10) as transport, asyncio.TaskGroup() as calls:
            for number in range(1000):
                calls.create_task(call(transport, server.url, number))
        assert len(set(server.requests)) == 1000 * in_a_row
        await until(lambda: server.ended == server.opened)
