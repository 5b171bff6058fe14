"""A short soak: thousands of calls of which one in twenty goes wrong upstream, and then all is as it was before.

What leaks with each call, or with each fault, shows within seconds; `python -m benchmarks` measures longer runs.
"""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import pytest

from facade import sandbox
from tests.bulk.processes import facade_process
from tests.bulk.stream import now
from tests.catalogue.holding import descriptors
from tests.faces.client import Face, Failure
from tests.faces.graphql import GraphqlFace
from tests.faces.rpc import GrpcFace
from tests.faces.stack import FACES, standing
from tests.faces.test_deadlines import open_connections
from tests.readme.processes import stdout
from tests.support import basic, until

pytestmark = pytest.mark.anyio

CALLERS = 16
WARM = 600  # calls of each face until the process has what it needs
CALLS = 700  # of each face in each of the rounds after that
ROUNDS = 2
GROWTH = 4 * 1024**2  # bytes in the last round; a leak of 3 KB with each call is as much
SPARE = 8  # descriptors and tasks that come and go by themselves
LONG = 30.0  # seconds
# One in twenty calls, by what it is about: each in another way.
FAULTS: list[dict[str, Any]] = [
    {"match": '*"rank-19"*', "status": 500, "body": "x" * 1000},
    {"match": '*"rank-39"*', "drop": "before"},
    {"match": '*"rank-59"*', "drop": "after"},
    {"match": '*"rank-79"*', "truncate": 5},
    {"match": '*"rank-99"*', "delay": 5},
    {"path": "*/rank-19*", "status": 503, "headers": {"Retry-After": "60"}},
    {"path": "*/rank-39*", "drop": "before"},
    {"path": "*/rank-59*", "status": 200, "body": "<html>"},
    {"path": "*/rank-79*", "truncate": 5},
    {"path": "*/rank-99*", "delay": 5},
]
# Faults come in rows here, and an upstream that counts as down would be asked less.
SETTINGS = {"log_level": "error", "breaker_failures": "1000000"}
FAULTY = {number for number in range(100) if number % 20 == 19}


async def calls(faces: list[Face], count: int) -> Counter[str]:
    """So many calls on each face, and what they lead to: "OK", "failed", or "missing" for a user who is not there."""
    outcomes: Counter[str] = Counter()
    numbers = iter(range(count))

    async def caller(number: int) -> None:
        headers = basic(password="sandbox" if number else "wrong")
        for each in numbers:
            name = f"rank-{each % 100}"
            for face in faces:
                operation: tuple[str, Any] = ("PublishEvent", {"event": {"entity": name, "env_customer_id": "C-100"}})
                if each // 100 % 2:
                    operation = ("GetUser", {"mail": name})
                try:
                    await face.call(*operation, headers, timeout=0.5 if each % 100 == 99 else 20)
                    outcomes["OK"] += 1
                except Failure as failure:
                    outcomes["missing" if failure.reason == "USER_NOT_FOUND" else "failed"] += 1

    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return outcomes


@pytest.mark.case("J04")
async def test_a_process_has_in_the_end_what_it_had_before(upstream: sandbox.Running) -> None:
    now(upstream, *FAULTS)
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(facade_process(upstream.url, **SETTINGS))
        http = (await stdout(served.process).readline()).decode().split()[1].removesuffix("/graphql")

        async def round_of(count: int) -> tuple[int, int]:
            """Bytes and descriptors after so many calls, when their callers have gone."""
            async with GrpcFace(served.grpc) as rpc, GraphqlFace(http) as graphql:
                outcomes = await calls([rpc, graphql], count)
            assert outcomes["failed"] >= 2 * count * len(FAULTY) / 100
            assert outcomes["OK"] + outcomes["missing"] >= outcomes.total() * 0.8
            await until(lambda: upstream.state.log.in_flight == 0, LONG)
            return served.memory, descriptors(served.process.pid)

        before = descriptors(served.process.pid)
        await round_of(WARM)
        seen = [await round_of(CALLS) for _ in range(ROUNDS)]
    memory, open_files = zip(*seen, strict=True)
    assert memory[-1] - memory[-2] < GROWTH, memory
    assert open_files[-1] <= before + CALLERS + SPARE, (before, open_files)  # connections to the upstream are kept


@pytest.mark.case("J04")
@pytest.mark.parametrize("name", FACES)
async def test_tasks_places_and_connections_are_given_back(name: str) -> None:
    async with standing(name) as stack:
        await calls([stack.face], CALLERS * 2)
        tasks = len(asyncio.all_tasks())
        now(stack.upstream, *FAULTS)
        outcomes = await calls([stack.face], WARM)
        assert outcomes["failed"] >= WARM * len(FAULTY) / 100
        await until(lambda: stack.facade.door.in_flight == 0, LONG)
        await until(lambda: stack.upstream.state.log.in_flight == 0, LONG)
        await until(lambda: len(asyncio.all_tasks()) <= tasks + SPARE, LONG)
        now(stack.upstream)
        assert await open_connections(stack) <= CALLERS + 1
        assert (await calls([stack.face], CALLERS * 2)).total() == CALLERS * 2
