"""How much is let in when the loop is late. The unit by itself; what callers see is in test_server_overload.py."""

import asyncio
import logging
import time

import pytest

from facade.congestion import CALM, INTERVAL, KEPT, LEAST, Congestion
from tests.support import until

LATENESS = 0.02
LONG = 1e6  # seconds on the clock of the looks: later than any refusal


def late(congestion: Congestion, seconds: float, since: float = 100.0, lateness: float = 5 * LATENESS) -> None:
    """Looks, for so long, at a loop that is late, with more requests to come than can be let in."""
    now = since
    while now < since + seconds:
        admitted(congestion)
        congestion.seen(lateness, now)
        now += 0.01 + lateness


def admitted(congestion: Congestion, asked: int = 1000, inside: int = 0) -> int:
    """Of so many requests between two looks, how many are let in."""
    return sum(congestion.admits(inside) for _ in range(asked))


def limited(congestion: Congestion) -> bool:
    """Whether there is a number that may be inside."""
    return congestion.most is not None


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


async def test_fewer_and_fewer_are_let_in_while_the_loop_is_late_but_never_none() -> None:
    congestion = Congestion(LATENESS)
    late(congestion, 0.4)
    some = admitted(congestion)
    assert LEAST < some < 1000
    late(congestion, 0.3)
    assert admitted(congestion) < some
    late(congestion, 60.0)
    assert admitted(congestion) == LEAST


async def test_those_inside_and_those_let_in_since_the_last_look_count() -> None:
    congestion = Congestion(LATENESS)
    congestion.most = 10.0
    assert admitted(congestion, inside=7) == 3
    assert admitted(congestion, inside=7) == 0
    congestion.seen(LATENESS * KEPT, 100.0)
    assert admitted(congestion, inside=11) == 0
    assert admitted(congestion, inside=8) == 3
    congestion.came()
    assert admitted(congestion, inside=9) == 0
    congestion.came()
    assert admitted(congestion, inside=9) == 1


async def test_it_is_shed_faster_the_later_the_loop_is() -> None:
    little, much = Congestion(LATENESS), Congestion(LATENESS)
    for congestion, lateness in ((little, 1.5 * KEPT * LATENESS), (much, 10 * LATENESS)):
        congestion.most = 1000.0
        admitted(congestion)
        congestion.seen(lateness, 100.0)
    assert much.most is not None
    assert little.most is not None
    assert much.most < little.most < 1000


async def test_who_refuses_is_held_to_a_part_of_the_lateness() -> None:
    """Those who are refused wait for the loop, too."""
    congestion = Congestion(LATENESS)
    congestion.most = 100.0
    admitted(congestion)
    congestion.seen(LATENESS * KEPT, 100.0)
    assert congestion.most > 100
    before = congestion.most
    admitted(congestion)
    congestion.seen(LATENESS, 100.1)
    assert congestion.most < before


async def test_all_is_let_in_again_when_nothing_was_refused_for_a_while() -> None:
    congestion = Congestion(LATENESS)
    late(congestion, 60.0)
    congestion.seen(0.0, 160.0 + CALM / 2)
    assert limited(congestion)
    congestion.seen(0.0, LONG)
    assert not limited(congestion)
    assert admitted(congestion) == 1000


async def test_a_thousand_are_let_in_again_within_seconds() -> None:
    congestion = Congestion(LATENESS)
    late(congestion, 60.0)
    looks = 0
    while admitted(congestion) < 1000:
        congestion.seen(0.0, 100.0)
        looks += 1
    assert looks * 0.01 < 5


async def test_it_looks_at_the_running_loop_only_while_it_is_asked(caplog: pytest.LogCaptureFixture) -> None:
    congestion = Congestion(0.05)
    with caplog.at_level(logging.WARNING):

        def busy() -> bool:
            admitted(congestion, asked=20)
            time.sleep(0.15)  # as work on the loop does it
            return congestion.most is not None and congestion.most < 20 and bool(caplog.records)

        await until(busy, timeout=20)
    [record] = caplog.records[:1]
    assert record.message == "requests were refused: the facade is overloaded"
    assert congestion.watching
    await until(lambda: not congestion.watching, timeout=20)
    assert congestion.most is None
    await asyncio.sleep(0)
    assert congestion.admits(0)
