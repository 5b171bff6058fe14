"""How much is let in when the loop is late. The unit by itself; what callers see is in test_server_overload.py."""

import asyncio
import logging
import time

import pytest

from facade.congestion import INTERVAL, LEAST, Congestion
from tests.support import until

LATENESS = 0.02


def late(congestion: Congestion, seconds: float, since: float = 100.0, lateness: float = 5 * LATENESS) -> None:
    """Looks, for so long, at a loop that is late."""
    now = since
    while now < since + seconds:
        congestion.seen(lateness, now)
        now += 0.01 + lateness


def admitted(congestion: Congestion, asked: int = 1000) -> int:
    """Of so many requests, how many are let in."""
    return sum(congestion.admits() for _ in range(asked))


async def test_all_is_let_in_while_the_loop_is_on_time() -> None:
    congestion = Congestion(LATENESS)
    congestion.seen(LATENESS, 100.0)
    assert admitted(congestion) == 1000


async def test_a_burst_is_no_congestion() -> None:
    congestion = Congestion(LATENESS)
    for begin in range(100, 200):
        late(congestion, INTERVAL / 2, since=float(begin))
        congestion.seen(0.0, begin + 0.5)
    assert admitted(congestion) == 1000


async def test_less_and_less_is_let_in_while_the_loop_is_late_but_never_nothing() -> None:
    congestion = Congestion(LATENESS)
    late(congestion, 0.5)
    some = admitted(congestion)
    assert 50 < some < 950
    late(congestion, 0.5)
    assert admitted(congestion) < some / 2
    late(congestion, 60.0)
    assert admitted(congestion) == pytest.approx(1000 * LEAST, abs=1)


async def test_it_is_shed_faster_the_later_the_loop_is() -> None:
    little, much = Congestion(LATENESS), Congestion(LATENESS)
    for number in range(20):
        little.seen(1.5 * LATENESS, 100.0 + number)
        much.seen(10 * LATENESS, 100.0 + number)
    assert much.share < little.share < 1


async def test_what_is_let_in_is_spread_evenly() -> None:
    congestion = Congestion(LATENESS)
    congestion.share = 0.25
    assert [congestion.admits() for _ in range(8)] == [False, False, False, True] * 2


async def test_all_is_let_in_again_within_seconds() -> None:
    congestion = Congestion(LATENESS)
    late(congestion, 60.0)
    looks = 0
    while congestion.share < 1:
        congestion.seen(0.0, 200.0)
        looks += 1
    assert looks * 0.01 < 5


async def test_it_looks_at_the_running_loop_only_while_it_is_asked(caplog: pytest.LogCaptureFixture) -> None:
    congestion = Congestion(0.05)
    with caplog.at_level(logging.WARNING):

        def busy() -> bool:
            congestion.admits()
            time.sleep(0.15)  # as work on the loop does it
            return congestion.share < 0.6 and bool(caplog.records)

        await until(busy, timeout=20)
    [record] = caplog.records[:1]
    assert record.message == "requests were refused: the facade is overloaded"
    assert congestion.watching
    await until(lambda: not congestion.watching, timeout=20)
    assert congestion.share == 1
    await asyncio.sleep(0)
    assert congestion.admits()
