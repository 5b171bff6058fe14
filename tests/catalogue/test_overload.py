"""F03 in small: more than a facade can serve, for some seconds. `python -m benchmarks.overload` measures it in full."""

import os
import statistics
import time

import pytest

from benchmarks.flood import Load, offered, opened
from benchmarks.operations import graphql, operations
from benchmarks.serving import lines, process
from tests.catalogue.processes import facade_process
from tests.support import until

pytestmark = pytest.mark.anyio

CONNECTIONS = 200
ROUNDS = 20
OFFERED = {"grpc": 3000, "graphql": 1000}  # requests a second; some hundreds are served
FIELDS = " ".join(f"field{number}: mail" for number in range(80))  # so that the facade has more to do than the upstream
WIDE = f"{{ users(first: 100) {{ nodes {{ {FIELDS} }} }} }}"


@pytest.mark.case("F03")
@pytest.mark.parametrize("name", ["grpc", "graphql"])
async def test_of_more_than_it_can_serve_it_serves_a_part_refuses_a_part_and_serves_all_again(name: str) -> None:
    operation = next(each for each in operations() if each.name == "ListUsers")
    if name == "graphql":
        operation = graphql("users", WIDE, {}, {}, operation.direct)
    core = min(os.sched_getaffinity(0))
    with process("benchmarks.upstream", "0", core=core) as upstream:
        os.sched_setaffinity(upstream.pid, os.sched_getaffinity(0))
        [port] = lines(upstream)
        async with facade_process(f"http://127.0.0.1:{port}", max_lateness="0.02") as facade:
            address = facade.grpc if name == "grpc" else facade.http.removeprefix("http://")
            load = await opened(address, operation, CONNECTIONS)
            await offered(load, OFFERED[name], 2.0)
            await until(lambda: len(load.ends) + load.given_up == load.sent, timeout=30)
            served = [end.seconds for end in load.ends if end.good]
            refused = [end.seconds for end in load.ends if not end.good]
            assert served
            if name == "graphql":
                assert refused
                assert statistics.median(refused) < statistics.median(served)
            load.close()
            assert await served_again(address, load) < 5


async def both(load: Load, rate: float, *, refuses: bool) -> tuple[list[float], list[float]]:
    """Seconds of those that are served and of those that are refused, after as many rounds as it takes to have both."""
    for _ in range(ROUNDS):  # one is enough where the facade has a core for itself
        await offered(load, rate, 2.0)
        await until(lambda: len(load.ends) + load.given_up == load.sent, timeout=60)
        served = [end.seconds for end in load.ends if end.good]
        refused = [end.seconds for end in load.ends if not end.good]
        if served and (refused or not refuses):
            return served, refused
    pytest.fail(f"{len(served)} served and {len(refused)} refused")


async def served_again(address: str, before: Load) -> float:
    """Seconds until ten requests in a row are served."""
    load = await opened(address, before.operation, 1)
    began = time.monotonic()
    while len(load.ends) < 10 or not all(end.good for end in load.ends[-10:]):
        sent = load.sent
        load.send(time.monotonic())
        await until(lambda: len(load.ends) + load.given_up > sent)  # noqa: B023 - asked within the turn
        assert time.monotonic() < began + 20
    load.close()
    return time.monotonic() - began
