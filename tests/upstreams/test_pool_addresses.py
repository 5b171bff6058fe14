"""Opening a connection: which of a host's addresses, within which time, and what remains when it is given up."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, closing, suppress

import httpx
import pytest

from facade.upstreams.connection import Connection
from facade.upstreams.pool import Found, Pool
from tests.support import until
from tests.upstreams.wire import Server, always, answer, serving

ORIGIN = (b"http", b"upstream.example", 80)
Resolve = Callable[[str, int], Awaitable[Found]]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(always(answer())) as server:
        yield server


@pytest.fixture
def hole() -> Iterator[tuple[str, int]]:
    """An address that answers nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as waiting:
        for _ in range(4):  # fill the queue, so that the next one hangs
            filler = waiting.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()


@pytest.fixture
def refusing() -> Iterator[tuple[str, int]]:
    """An address where nobody listens, and nobody else can."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()


def address(server: Server) -> tuple[str, int]:
    return "127.0.0.1", httpx.URL(server.url).port or 0


def named(*addresses: tuple[str, int]) -> Resolve:
    """A name that has these addresses."""

    async def resolve(host: str, port: int) -> Found:
        assert (host, port) == ("upstream.example", 80)
        kind = {False: socket.AF_INET, True: socket.AF_INET6}
        return [(kind[":" in where], socket.SOCK_STREAM, 6, "", (where, at)) for where, at in addresses]

    return resolve


async def opened(resolve: Resolve, connect_timeout: float = 5.0) -> Connection:
    pool = Pool(max_answer=1000, connect_timeout=connect_timeout, max_idle=1, resolve=resolve)
    return await pool.take(ORIGIN)


async def test_the_first_address_is_taken(server: Server, refusing: tuple[str, int]) -> None:
    with closing(await opened(named(address(server), refusing))):
        await until(lambda: server.opened == 1)


async def test_an_address_that_refuses_is_passed_over(server: Server, refusing: tuple[str, int]) -> None:
    with closing(await opened(named(refusing, refusing, address(server)))):
        await until(lambda: server.opened == 1)


@pytest.mark.parametrize("listening", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("first", ["127.0.0.1", "::1"])
async def test_a_host_may_listen_on_one_of_its_families_only(listening: str, first: str) -> None:
    family = socket.AF_INET6 if listening == "::1" else socket.AF_INET
    try:
        listener = socket.create_server((listening, 0), family=family)
    except OSError:
        pytest.skip("this machine has no such address")
    with listener:
        port = listener.getsockname()[1]
        names = sorted(["127.0.0.1", "::1"], key=lambda name: name != first)
        with closing(await opened(named(*[(name, port) for name in names]))):
            listener.accept()[0].close()


async def test_every_address_has_its_share_of_the_time(server: Server, hole: tuple[str, int]) -> None:
    holes = [hole] * 4
    with closing(await opened(named(*holes, address(server)), connect_timeout=1.0)):
        await until(lambda: server.opened == 1)


async def test_the_time_is_not_used_up_by_addresses_that_refuse(
    refusing: tuple[str, int], hole: tuple[str, int]
) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(httpx.ConnectTimeout):
        await opened(named(refusing, refusing, refusing, hole), connect_timeout=0.4)

    assert 0.3 < loop.time() - started < 2.0


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_no_address_takes_the_connection(refusing: tuple[str, int], count: int) -> None:
    with pytest.raises(httpx.ConnectError):
        await opened(named(*[refusing] * count))


async def never(_host: str, _port: int) -> Found:
    """A name server that does not answer."""
    raise await asyncio.Future[Exception]()


@pytest.mark.case("C02")
async def test_the_time_to_find_the_address_counts() -> None:
    with pytest.raises(httpx.ConnectTimeout):
        await opened(never, connect_timeout=0.05)


async def test_a_call_may_be_cancelled_while_the_address_is_found() -> None:
    call = asyncio.create_task(opened(never))
    await asyncio.sleep(0)  # one turn, in which it begins
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.parametrize("turns", range(12))
async def test_a_call_that_is_cancelled_in_any_turn_of_connecting_leaves_no_connection(turns: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        call = asyncio.create_task(opened(named(listener.getsockname())))
        for _ in range(turns):
            await asyncio.sleep(0)
        call.cancel()
        (result,) = await asyncio.gather(call, return_exceptions=True)
        if isinstance(result, Connection):  # it was quicker
            result.close()

        with suppress(BlockingIOError), listener.accept()[0] as peer:  # unless it had not come as far
            peer.setblocking(False)
            async with asyncio.timeout(5):
                assert await asyncio.get_running_loop().sock_recv(peer, 1) == b""
