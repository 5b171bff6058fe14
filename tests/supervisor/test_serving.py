"""Several workers as processes: who answers, what is lost when one dies, and how all of them end."""

import asyncio
import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from facade import sandbox
from facade.supervisor.supervisor import Patience, supervised
from tests.readme.processes import STOP
from tests.supervisor.serving import LONG, PAUSE, Caller, Served, callers, serving
from tests.support import set_faults, settings_for, until

pytestmark = pytest.mark.anyio

LOST = {
    "grpc": {"UNAVAILABLE"},
    "http": {"ReadError", "RemoteProtocolError", "WriteError"},
}  # what may be tried again at once
WORKERS = {1, 2}


@pytest.mark.case("J03", "J08")
async def test_both_workers_answer_on_both_ports_and_what_dies_with_one_is_its_own(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for face in ("grpc", "http"):
            await until_all_answer(served, face)
        await until_killed_three_times(served)
        os.killpg(served.process.pid, signal.SIGINT)  # as a terminal does it
        async with asyncio.timeout(STOP):
            printed, _ = await served.process.communicate()
    assert (served.process.returncode, printed) == (0, b"facade: draining\n")
    assert "Traceback" not in served.log.read_text()


async def until_all_answer(served: Served, face: str) -> None:
    """New connections are made until each worker has answered on one."""
    found: set[int] = set()
    async with asyncio.timeout(LONG):
        while found != WORKERS:
            async with callers(served, 8) as there:
                these = [caller for caller in there if caller.face == face]
                await asyncio.gather(*(caller.call() for caller in these))
            assert {how for caller in these for _, _, how in caller.calls} == {"OK"}
            names = {name for caller in these for name, _, _ in caller.calls}
            await until(lambda names=names: names <= served.read().answered.keys(), LONG)  # type: ignore[misc]  # lines come in bunches
            found |= {served.answered[name] for name in names}


async def until_killed_three_times(served: Served) -> None:
    """Whoever is with a worker that is killed may lose a call; nobody else notices."""
    killed: list[tuple[float, int]] = []
    async with callers(served, 4) as there:
        going = [asyncio.create_task(caller.go_on()) for caller in there]
        for number in (1, 2, 1):
            await all_answered(there, served)
            killed.append((time.monotonic(), number))
            await served.replaced(number)
        await all_answered(there, served)
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
    for caller in there:
        with_whom = 0
        for name, ended, how in caller.calls:
            if how == "OK":
                with_whom = served.answered.get(name, with_whom)  # the last lines of one that is killed are lost
            else:
                assert how in LOST[caller.face]
                assert with_whom == [number for at, number in killed if at <= ended][-1]


async def all_answered(there: list[Caller], served: Served) -> None:
    """Returns when each has been answered once more, and the log says by whom: a worker's last lines die with it."""
    before = [caller.well() for caller in there]
    await until(lambda: all(caller.well() > had for caller, had in zip(there, before, strict=True)), LONG)
    last = {caller.answered() for caller in there}
    await until(lambda: last <= served.read().answered.keys(), LONG)


@pytest.mark.case("J01", "J08")
async def test_at_sigterm_all_workers_finish_what_they_have_begun(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, callers(served, 8) as there:
        await set_faults(served.sandbox, {"path": "/publish/*", "delay": 2})
        calls = asyncio.gather(*(caller.call() for caller in there))
        async with httpx.AsyncClient(base_url=served.sandbox) as control:
            while len((await control.get("/sandbox/requests?path=/publish/*")).json()["requests"]) < len(there):
                pass
        served.process.terminate()
        await calls
        assert [how for caller in there for _, _, how in caller.calls] == ["OK"] * len(there)
        async with asyncio.timeout(STOP):
            assert await served.process.wait() == 0
        assert not any(runs(pid) for pid in served.read().pids.values())


async def test_workers_whose_supervisor_is_gone_end_by_themselves(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        pids = served.read().pids.values()
        assert all(runs(pid) for pid in pids)
        served.process.kill()
        await until(lambda: not any(runs(pid) for pid in pids), LONG)
        assert served.log.read_text().count("the supervisor is gone: draining") == len(WORKERS)


async def test_a_worker_that_hangs_is_killed_and_replaced_and_http_does_not_wait_for_it(
    upstream: sandbox.Running, caplog: pytest.LogCaptureFixture
) -> None:
    def told(event: str) -> list[int]:
        return [record.__dict__["pid"] for record in caplog.records if record.getMessage() == event]

    caplog.set_level("INFO", "facade.supervisor")
    stop = asyncio.Event()
    welcomed = asyncio.Event()
    settings = settings_for(upstream.url)
    # Long enough for a worker that waits for its turn on a busy machine.
    async with supervised(settings, len(WORKERS), Patience(beat=0.2, silence=20)) as supervisor:
        running = asyncio.create_task(supervisor.run(stop, welcomed.set))
        await until(welcomed.is_set, LONG)
        hanging = told("worker ready")[0]
        os.kill(hanging, signal.SIGSTOP)
        await until(lambda: state(hanging) == "T")
        while len(told("worker ready")) < len(WORKERS) + 1:
            async with httpx.AsyncClient(base_url=supervisor.http, timeout=LONG) as client:
                assert (await client.get("/readyz")).text == "ready\n"
            await asyncio.sleep(PAUSE)
        assert told("worker killed") == [hanging]
        assert not runs(hanging)
        stop.set()
        await running


def runs(pid: int) -> bool:
    """Whether there is such a process that has not ended; one that nobody has waited for has."""
    return state(pid) not in {"", "X", "Z"}


def state(pid: int) -> str:
    """What a process does, as proc(5) has it; "" if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
