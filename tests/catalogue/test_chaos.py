"""Many writes at once through all kinds of trouble: what was acknowledged was done once, and the rest once at most."""

import asyncio
import time
from collections import Counter

import orjson
import pytest

from tests.catalogue import canary
from tests.catalogue.proxy import Trouble, passed
from tests.catalogue.stand import Stand, standing, told, unharmed
from tests.catalogue.troubles import (
    answer_lost,
    closed,
    delayed,
    dripped,
    edited,
    flapping,
    in_chunks,
    lost,
    mixed,
    stalled,
    until_closed,
    with_headers,
)
from tests.faces.client import Failure
from tests.faces.stack import FACES

MANY = 150  # writes of each kind
AT_ONCE = 25
DOUBTFUL = {
    "UNKNOWN OUTCOME_UNKNOWN",
    "DEADLINE_EXCEEDED UPSTREAM_TIMEOUT",
    "INTERNAL UPSTREAM_MALFORMED_RESPONSE",
}
NOT_DONE = {"UNAVAILABLE UPSTREAM_UNREACHABLE", "UNAVAILABLE UPSTREAM_OVERLOADED"}  # nothing was sent


def all_kinds(seed: int) -> Trouble:
    """Half of the requests meet nothing."""
    bent = (
        lost,
        answer_lost,
        closed,
        delayed(0.1, 0.1),
        dripped(7, 0.0),
        edited(lambda answer: answer[:-3]),
        edited(lambda answer: answer + b"HTTP/1.1 200 OK\r\n", keep=True),
        edited(until_closed(bytes)),
        edited(in_chunks(lambda chunks: b"zz" + chunks)),
        edited(with_headers(b"content-encoding: br")),
        stalled(lambda answer: answer[:60]),
    )
    return mixed(*[passed] * len(bent), *bent, seed=seed)


async def write(stand: Stand, name: str, number: int) -> tuple[str, str, str]:
    """What was written, how often the sandbox was to see it, and how the write ended."""
    operation, arguments, what = (
        ("PublishEvent", {"event": {"entity": f"e{number}"}}, f"e{number}")
        if number % 2
        else (
            "CreateUser",
            {"user": {"mail": f"u{number}@example.com", "cn": "A", "sn": "B"}},
            f"u{number}@example.com",
        )
    )
    try:
        await stand.call(name, operation, arguments)
    except Failure as failure:
        return operation, what, told(failure)
    return operation, what, "OK"


def carried_out(stand: Stand) -> Counter[str]:
    """How often the sandbox carried out each write."""
    counted: Counter[str] = Counter()
    for entry in stand.upstream.state.log.entries():
        if entry.carried_out and entry.method in {"POST", "PUT"} and entry.body.startswith("{"):
            body = orjson.loads(entry.body)
            counted[body.get("entity") or body["mail"]] += 1
    return counted


@pytest.mark.case("C05", "C08", "C10")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("seed", [1, 2])
async def test_each_acknowledged_write_was_done_once_and_no_other_twice(
    name: str, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with standing(default_timeout=2.0) as stand:
        canary.loud(caplog)
        async with unharmed(stand, AT_ONCE):
            stand.upstream.state.log.clear()
            stand.proxy.meet(all_kinds(seed))
            outcomes: list[tuple[str, str, str]] = []
            numbers = iter(range(2 * MANY))

            async def work() -> None:
                outcomes.extend([await write(stand, name, number) for number in numbers])

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))
            counted = carried_out(stand)

        assert len(outcomes) == 2 * MANY
        for operation, what, ended in outcomes:
            if ended == "OK":
                assert counted[what] == 1, (operation, what)
            elif ended in NOT_DONE:
                assert counted[what] == 0, (operation, what)
            else:
                assert ended in DOUBTFUL, (operation, what, ended)
                assert counted[what] <= 1, (operation, what)
        assert {"OK", "UNKNOWN OUTCOME_UNKNOWN"} <= {ended for *_, ended in outcomes}
        assert not canary.leaked(canary.logged(caplog))


@pytest.mark.parametrize("name", FACES)
async def test_an_upstream_that_comes_and_goes_is_told_and_nothing_is_done_twice(name: str) -> None:
    async with standing() as stand, unharmed(stand, 1):
        stand.upstream.state.log.clear()
        stand.proxy.meet(flapping(0.1, 0.1))
        outcomes: list[tuple[str, str, str]] = []
        over = time.monotonic() + 0.8
        while time.monotonic() < over or outcomes[-1][2] != "OK":
            outcomes.append(await write(stand, name, len(outcomes)))
        counted = carried_out(stand)

        assert {"OK"} < {ended for *_, ended in outcomes} <= {"OK", "UNKNOWN OUTCOME_UNKNOWN"} | NOT_DONE
        assert {counted[what] for _, what, ended in outcomes if ended == "OK"} == {1}
        assert {counted[what] for _, what, ended in outcomes if ended != "OK"} == {0}
