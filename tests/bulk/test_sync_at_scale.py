"""Ten thousand users: added, left alone, corrected; and the same in the end if it is interrupted half-way."""

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from facade import sandbox
from facade.v1 import provisioning_pb2 as pb
from tests.bulk.processes import Served, facade_process
from tests.bulk.roster import account, member, settle, synced, wanted, writes
from tests.bulk.stream import now
from tests.support import quiet, until

pytestmark = pytest.mark.anyio

COUNT = 10_000
MISSING = 300
CHANGED = 50


@pytest.fixture
async def upstream() -> AsyncIterator[sandbox.Running]:
    """A sandbox with an empty account."""
    async with sandbox.running(sandbox.Options(users=0)) as started:
        yield started


@pytest.fixture
async def facade(upstream: sandbox.Running) -> AsyncIterator[Served]:
    """A facade in front of it."""
    async with facade_process(upstream.url) as started:
        yield started


def summary(**counts: int) -> pb.SyncSummary:
    return pb.SyncSummary(**counts)


async def test_a_roster_is_added_then_left_alone_then_corrected(facade: Served, upstream: sandbox.Running) -> None:
    first = [wanted(number) for number in range(COUNT)]
    state = await synced(facade.grpc, first)
    assert list(state.plan.to_add) == [user.mail for user in first]
    assert (list(state.plan.to_replace), list(state.plan.to_delete), state.plan.kept) == ([], [], 0)
    assert state.told("added") == {user.mail for user in first}
    assert len(state.results) == COUNT
    assert state.summary == summary(added=COUNT)
    assert account(upstream) == {user.mail: member(user) for user in first}
    assert writes(upstream) == COUNT

    upstream.state.log.clear()
    state = await synced(facade.grpc, first, delete_missing=True, replace_changed=True)
    assert state.plan == pb.SyncPlan(kept=COUNT)
    assert state.results == []
    assert state.summary == summary(kept=COUNT)
    assert writes(upstream) == 0

    order = list(account(upstream))  # in which the upstream has them
    second = [wanted(number, "Other" if number % 200 == 7 else "User") for number in range(MISSING, COUNT)]
    second += [wanted(number, "Other") for number in (MISSING, MISSING + 1)]
    second = list({user.mail: user for user in second}.values())
    changed = [user.mail for user in second if user.cn == "Other"]
    missing = {wanted(number).mail for number in range(MISSING)}
    state = await synced(facade.grpc, second, delete_missing=True, replace_changed=True)
    assert list(state.plan.to_add) == []
    assert list(state.plan.to_replace) == changed
    assert list(state.plan.to_delete) == [mail for mail in order if mail in missing]
    assert state.plan.kept == COUNT - MISSING - len(changed)
    assert (state.told("replaced"), state.told("deleted")) == (set(changed), missing)
    assert len(state.results) == MISSING + len(changed) == MISSING + CHANGED
    assert state.summary == summary(replaced=CHANGED, deleted=MISSING, kept=COUNT - MISSING - CHANGED)
    assert account(upstream) == {user.mail: member(user) for user in second}
    assert writes(upstream) == MISSING + 2 * CHANGED


HALF = COUNT // 2
# Where a run stops: the method, and how many calls of it are answered before the next ones never are.
STOPS = {
    "amid the adds": ("PUT", HALF // 2),
    "amid the replacements": ("PUT", HALF + CHANGED // 2),
    "amid the deletes": ("DELETE", CHANGED + MISSING // 2),
}
OPTIONS: dict[str, Any] = {"delete_missing": True, "replace_changed": True}


def stuck(method: str, answered: int) -> list[dict[str, object]]:
    """The faults that stop a run: without an answer, and without an effect."""
    return [
        {"method": method, "path": "/bpm/*", "headers": {}, "times": answered},
        {"method": method, "path": "/bpm/*", "status": 500, "delay": 600},
    ]


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
@pytest.mark.parametrize("killed", [False, True], ids=["the client leaves", "the facade is killed"])
async def test_an_interrupted_run_is_finished_by_running_it_again(
    facade: Served, upstream: sandbox.Running, stop: tuple[str, int], killed: bool
) -> None:
    settle(upstream, (wanted(number, "Old" if number < CHANGED else "User") for number in range(HALF)))
    settle(upstream, (wanted(COUNT + number) for number in range(MISSING)))
    roster = [wanted(number) for number in range(COUNT)]
    expected = {user.mail: member(user) for user in roster}

    now(upstream, *stuck(*stop))
    leave = asyncio.Event()
    running = asyncio.create_task(synced(facade.grpc, roster, leave=leave, **OPTIONS))
    await until(lambda: upstream.state.faults.shown()[0]["remaining"] == 0, timeout=60)
    await until(quiet(lambda: len(upstream.state.log.entries("/bpm/*"))), timeout=60)
    if killed:
        facade.signal(signal.SIGKILL)
    else:
        leave.set()
    state = await running
    assert state.ended is (grpc.StatusCode.UNAVAILABLE if killed else grpc.StatusCode.CANCELLED)
    assert (len(state.plan.to_add), len(state.plan.to_replace), len(state.plan.to_delete)) == (HALF, CHANGED, MISSING)
    await until(lambda: upstream.state.log.in_flight == 0)
    assert account(upstream) != expected

    now(upstream)
    async with facade_process(upstream.url) as another:  # which knows nothing of the first run
        state = await synced(another.grpc, roster, **OPTIONS)
    assert state.ended is grpc.StatusCode.OK
    assert state.summary is not None
    assert (state.summary.failed, state.summary.not_attempted) == (0, 0)
    assert account(upstream) == expected
