"""When the supervisor replaces a worker, kills one, or gives up. The workers are scripts that say what they must."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from facade.supervisor import supervisor
from facade.supervisor.supervisor import Patience, StartError, supervised
from tests.support import settings_for, until

pytestmark = pytest.mark.anyio

# Run as `SCRIPT -P -m facade.worker FD`.
READY = 'printf R >&"$4"; '
BEATING = 'while sleep 0.02; do printf . >&"$4" || exit; done'
QUICK: dict[str, Any] = {"beat": 0.1, "silence": 30, "start": 20.0, "end": 5.0, "settled": 60.0}
LONG = 20.0  # seconds; a busy machine takes its time to start a shell


class Supervised:
    """A supervisor at work, and what it logs."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        self.records = records
        self.welcomed = False
        self.stop = asyncio.Event()

    def welcome(self) -> None:
        """Notes that all are ready."""
        self.welcomed = True

    def told(self, event: str, name: str) -> list[Any]:
        """What the lines about an event give under this name."""
        return [record.__dict__[name] for record in self.records if record.getMessage() == event]


class Scripted:
    """Makes the workers scripts."""

    def __init__(self, file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        self._file = file
        self._caplog = caplog
        caplog.set_level(logging.INFO, "facade.supervisor")
        monkeypatch.setattr(sys, "executable", str(file))

    def write(self, script: str) -> None:
        """From now on a worker is this script."""
        new = self._file.with_suffix(".new")
        new.write_text(f"#!/usr/bin/env bash\n{script}\n")
        new.chmod(0o700)
        new.replace(self._file)

    @asynccontextmanager
    async def run(self, script: str, workers: int = 1, **patience: Any) -> AsyncIterator[Supervised]:
        """A supervisor of so many; at the end of the block it drains."""
        self.write(script)
        it = Supervised(self._caplog.records)
        settings = settings_for("http://upstream.invalid", drain_timeout=0.1)
        async with supervised(settings, workers, Patience(**QUICK | patience)) as supervising:
            running = asyncio.create_task(supervising.run(it.stop, it.welcome))
            await until(lambda: it.welcomed or running.done(), LONG)
            if it.welcomed:
                yield it
                it.stop.set()
            await running


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Scripted:
    return Scripted(tmp_path / "worker", monkeypatch, caplog)


async def test_all_are_started_and_ended(scripted: Scripted) -> None:
    async with scripted.run(READY + BEATING, workers=3) as it:
        assert sorted(it.told("worker ready", "worker")) == [1, 2, 3]
        pids = it.told("worker ready", "pid")
        assert [os.getpgid(pid) for pid in pids] == pids, "the terminal's Ctrl-C is not for them"
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert it.told("worker ended", "worker") == []


async def test_one_that_dies_is_replaced_at_once_and_those_that_die_again_later_and_later(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.03)
    async with scripted.run(f"{READY} sleep 0.1; exit 3") as it:
        await until(lambda: len(it.told("worker ended", "end")) >= 5, LONG)
    assert it.told("worker ended", "end")[:5] == ["exit status 3"] * 5
    assert it.told("worker ended", "replaced_after")[:5] == [0.0, 0.01, 0.02, 0.03, 0.03]


async def test_one_that_has_lasted_is_always_replaced_at_once(scripted: Scripted) -> None:
    async with scripted.run(f"{READY} sleep 0.1; exit 3", settled=0.01) as it:
        await until(lambda: len(it.told("worker ended", "end")) >= 3, LONG)
    assert set(it.told("worker ended", "replaced_after")) == {0.0}


async def test_one_that_hangs_is_killed_and_replaced(scripted: Scripted) -> None:
    async with scripted.run(f"{READY} exec sleep 60", beat=0.02, silence=3) as it:
        scripted.write(READY + BEATING)
        await until(lambda: len(it.told("worker ready", "pid")) == 2, LONG)
        assert it.told("worker killed", "why") == ["hangs"]
        assert it.told("worker ended", "end") == ["SIGKILL"]


async def test_one_that_does_not_end_in_time_is_killed(scripted: Scripted) -> None:
    async with scripted.run(f"trap '' TERM; {READY} {BEATING}", end=0.1) as it:
        pass
    assert it.told("worker killed", "why") == ["not drained in time"]


@pytest.mark.parametrize(
    ("script", "patience", "said"),
    [
        pytest.param("exit 7", {}, "exit status 7", id="it ends"),
        pytest.param("exec sleep 60", {"start": 0.1}, "SIGKILL", id="it takes too long"),
    ],
)
async def test_where_the_first_do_not_become_ready_there_is_no_start(
    script: str, patience: dict[str, Any], said: str, scripted: Scripted
) -> None:
    with pytest.raises(StartError, match=f"^a worker ended before it was ready: {said}$"):
        async with scripted.run(script, workers=2, **patience):
            raise AssertionError("it started")


async def test_where_no_process_can_be_had_there_is_no_start(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(StartError, match="not started: No such file or directory"):
        async with scripted.run(""):
            raise AssertionError("it started")


async def test_later_it_tries_until_a_process_can_be_had(scripted: Scripted, tmp_path: Path) -> None:
    async with scripted.run(READY + BEATING) as it:
        (tmp_path / "worker").unlink()
        os.kill(it.told("worker ready", "pid")[0], signal.SIGKILL)
        await until(lambda: len(it.told("worker ended", "end")) >= 2, LONG)
        scripted.write(READY + BEATING)
        await until(lambda: len(it.told("worker ready", "pid")) == 2, LONG)
        assert it.told("worker ended", "end")[:2] == ["SIGKILL", "not started: No such file or directory"]


async def test_who_is_told_to_stop_while_it_starts_does_not_wait(scripted: Scripted) -> None:
    scripted.write("exec sleep 60")
    stop = asyncio.Event()
    async with supervised(settings_for("http://upstream.invalid"), 2, Patience(**QUICK)) as supervising:
        stop.set()
        await supervising.run(stop, lambda: pytest.fail("it did not start"))
