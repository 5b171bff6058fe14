"""Thousands of calls that are given up at every moment of their lives, while others wait: nothing is lost.

Here some of them; with CATALOGUE=full in the environment ten thousand on each face.
"""

import asyncio
import os
import random
from collections import Counter

import pytest

from tests.bulk.stream import now
from tests.catalogue.holding import descriptors
from tests.faces.client import Failure
from tests.faces.stack import FACES, Stack, standing
from tests.faces.test_deadlines import open_connections
from tests.support import basic, until

pytestmark = pytest.mark.anyio

CALLS = 10_000 if os.environ.get("CATALOGUE") == "full" else 1_000
AT_ONCE = 100
PLACES = 60  # inside at once: the others are refused
DELAY = 0.02  # seconds that a login takes, and a call
PATIENCE = 0.06  # of the most patient caller: some calls are answered, and some are given up in whatever they do
LONG = 30.0
SPARE = 6  # tasks, connections and descriptors that come and go by themselves
OPERATIONS = (("PublishEvent", {"event": {"entity": "x"}}), ("GetUser", {"mail": "api@example.com"}))


async def given_up(stack: Stack, chance: random.Random) -> str:
    """What a call leads to whose caller gives up after a while; a third of the callers are new and have to log in."""
    operation, arguments = chance.choice(OPERATIONS)
    headers = basic(password=f"wrong{chance.random()}") if chance.random() < 1 / 3 else basic()
    try:
        async with asyncio.timeout(chance.uniform(0, PATIENCE)):
            await stack.face.call(operation, arguments, headers)
    except TimeoutError:
        return "given up"
    except Failure as failure:
        return failure.reason
    return "OK"


@pytest.mark.case("A07")
@pytest.mark.parametrize("name", FACES)
async def test_calls_that_are_given_up_leave_nothing_behind(name: str) -> None:
    chance = random.Random(5)
    outcomes: Counter[str] = Counter()
    async with standing(name, max_in_flight=PLACES) as stack:
        for operation, arguments in OPERATIONS:
            await stack.face.call(operation, arguments)
        before = (len(asyncio.all_tasks()), descriptors())
        now(stack.upstream, {"delay": DELAY})

        async def callers() -> None:
            for _ in range(CALLS // AT_ONCE):
                outcomes[await given_up(stack, chance)] += 1

        await asyncio.gather(*(callers() for _ in range(AT_ONCE)))

        assert outcomes["given up"] > CALLS / 4, outcomes
        assert set(outcomes) <= {"given up", "OK", "OVERLOADED", "INVALID_CREDENTIALS"}
        await until(lambda: stack.facade.door.in_flight == 0, LONG)
        await until(lambda: stack.upstream.state.log.in_flight == 0, LONG)
        now(stack.upstream)
        # All places are there: as many calls as there are places are served at a time.
        calls = (stack.face.call(*OPERATIONS[0]) for _ in range(PLACES))
        assert await asyncio.gather(*calls) == [{"message": "Data published successfully"}] * PLACES
        assert await open_connections(stack) <= PLACES + SPARE
        tasks, open_files = before
        await until(lambda: len(asyncio.all_tasks()) <= tasks + SPARE, LONG)
        # Idle connections are kept by both clients, the test's and the facade's, and have both ends in this process.
        await until(lambda: descriptors() <= open_files + 2 * (AT_ONCE + PLACES) + SPARE, LONG)
