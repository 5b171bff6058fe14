import asyncio
import signal
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from facade.sandbox import Running, running, serve
from tests.sandbox.tcp import HEALTH, HEALTH_AND_CLOSE, connected, control, exchange, log_when


async def test_it_answers_over_tcp_without_naming_the_server(sandbox: Running) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{sandbox.url}/publish/healthcheck/")

    assert answer.json() == {"message": "API is running"}
    assert "server" not in answer.headers
    assert sandbox.state.log.entries()[0].status == 200


async def test_stopping_waits_for_nobody_and_leaves_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tasks = asyncio.all_tasks()
    async with AsyncExitStack() as clients:
        async with running() as sandbox:
            await control(sandbox, "PUT", "faults", [{"delay": 3600}])
            idle, _ = await clients.enter_async_context(connected(sandbox))
            busy, _ = await clients.enter_async_context(connected(sandbox, HEALTH))
            await log_when(sandbox, "in_flight", 1)
        assert asyncio.all_tasks() == tasks
        assert (await idle.read(), await busy.read()) == (b"", b"")

    assert sandbox.state.log.in_flight == 0
    assert caplog.records == []


async def test_signals_are_left_to_others() -> None:
    def handlers() -> list[Any]:
        return [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]

    before = handlers()
    async with running():
        assert handlers() == before


async def test_serve_runs_until_it_is_cancelled() -> None:
    url = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(ready=url.set_result))
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(await url)).status_code == 200

        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(httpx.ConnectError):
            await client.get(await url)


async def test_it_can_listen_on_ipv6() -> None:
    async with AsyncExitStack() as stack:
        try:
            sandbox = await stack.enter_async_context(running(host="::1"))
        except OSError:
            pytest.skip("no IPv6 here")
        assert sandbox.url.startswith("http://[::1]:")
        assert (await exchange(sandbox, HEALTH_AND_CLOSE)).startswith(b"HTTP/1.1 200")


async def test_a_taken_port_is_an_error(sandbox: Running) -> None:
    with pytest.raises(OSError, match="in use"):
        async with running(port=urlsplit(sandbox.url).port or 0):
            pass
