"""When a call is repeated: reads, and what was never sent, as long as time and the retry budget last."""

import time
from dataclasses import replace

import httpx
import pytest

from facade.errors import Code, FacadeError, Outcome, Reason
from facade.upstreams.breaker import USUAL
from facade.upstreams.guard import Guard
from facade.upstreams.operation import Operation
from facade.upstreams.rest import Rest
from facade.upstreams.retry import Retries
from tests.upstreams.doubles import READ, SAFE_POST, WRITE, Recorder, Reply, answer, caller, failure

GOOD = answer(200, {"ok": True})
REFUSED = httpx.ConnectError("refused")


def rest(*replies: Reply) -> tuple[Rest, Recorder]:
    recorder = Recorder(*replies)
    return Rest("bpm", "http://bpm.test", recorder), recorder


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facade.upstreams.retry.FIRST_PAUSE", 0.001)


PASSING: dict[str, Reply] = {
    "it could not connect": REFUSED,
    "no connection was free": httpx.PoolTimeout("full"),
    "the connection was lost": httpx.ReadError("reset"),
    "the answer was cut short": httpx.RemoteProtocolError("short"),
    "the answer came late": httpx.ReadTimeout("late"),
    "408": answer(408),
    "429": answer(429),
    "502": answer(502),
    "503": answer(503),
    "504": answer(504),
}
FINAL: dict[str, Reply] = {
    "a refusal": answer(400),
    "another failure": answer(500),
    "a missing operation": answer(404),
    "a redirect": answer(302),
    "an answer that cannot be read": httpx.DecodingError("gzip"),
    "an answer that cannot be understood": answer(200, b"<html>"),
    "a defect": httpx.UnsupportedProtocol("ftp"),
}


@pytest.mark.case("C03")
@pytest.mark.parametrize("reply", PASSING.values(), ids=PASSING.keys())
async def test_a_read_is_repeated_after_what_passes(reply: Reply) -> None:
    upstream, recorder = rest(reply, reply, GOOD)

    assert await upstream.call(READ, caller()) == {"ok": True}
    assert len(recorder.requests) == 3


@pytest.mark.case("C01")
async def test_a_read_is_tried_three_times_at_most() -> None:
    upstream, recorder = rest(REFUSED)

    assert (await failure(upstream.call(READ, caller()))).reason is Reason.UPSTREAM_UNREACHABLE
    assert len(recorder.requests) == 3


@pytest.mark.parametrize("reply", FINAL.values(), ids=FINAL.keys())
async def test_a_read_is_not_repeated_after_what_stays(reply: Reply) -> None:
    upstream, recorder = rest(reply, GOOD)

    await failure(upstream.call(READ, caller()))

    assert len(recorder.requests) == 1


@pytest.mark.case("F11")
@pytest.mark.parametrize("operation", [WRITE, SAFE_POST], ids=["a write", "a POST that is safe"])
@pytest.mark.parametrize("reply", [REFUSED, httpx.PoolTimeout("full")], ids=repr)
async def test_a_write_is_repeated_if_nothing_was_sent(reply: Reply, operation: Operation[object]) -> None:
    upstream, recorder = rest(reply, reply, GOOD)

    assert await upstream.call(operation, caller(), content=b"{}") == {"ok": True}
    assert [each.content for each in recorder.requests] == [b"{}"] * 3


@pytest.mark.case("C02")
@pytest.mark.parametrize("operation", [READ, WRITE], ids=["a read", "a write"])
async def test_who_waited_for_a_connection_in_vain_does_not_wait_again(operation: Operation[object]) -> None:
    upstream, recorder = rest(httpx.ConnectTimeout("dark"), GOOD)

    error = await failure(upstream.call(operation, caller()))

    assert (error.code, error.outcome) == (Code.UNAVAILABLE, Outcome.NOT_SENT)
    assert len(recorder.requests) == 1


SENT = {name: reply for name, reply in PASSING.items() if name[:2] not in ("it", "no")} | FINAL


@pytest.mark.case("F12")
@pytest.mark.parametrize("operation", [WRITE, SAFE_POST], ids=["a write", "a POST that is safe"])
@pytest.mark.parametrize("reply", SENT.values(), ids=SENT.keys())
async def test_a_write_that_was_sent_is_never_repeated(reply: Reply, operation: Operation[object]) -> None:
    upstream, recorder = rest(reply, GOOD)

    await failure(upstream.call(operation, caller()))

    assert len(recorder.requests) == 1


@pytest.mark.case("F12")
async def test_a_write_is_not_repeated_after_its_first_try_left() -> None:
    upstream, recorder = rest(REFUSED, httpx.ReadError("reset"), GOOD)

    error = await failure(upstream.call(WRITE, caller()))

    assert (error.code, error.outcome) == (Code.UNKNOWN, Outcome.UNKNOWN)
    assert len(recorder.requests) == 2


async def test_a_retry_waits_as_long_as_the_upstream_asks() -> None:
    upstream, recorder = rest(answer(503, headers={"retry-after": "1"}), GOOD)
    started = time.monotonic()

    assert await upstream.call(READ, caller()) == {"ok": True}
    assert time.monotonic() - started >= 1
    assert len(recorder.requests) == 2


async def test_an_upstream_that_asks_for_more_than_two_seconds_is_left_alone() -> None:
    upstream, recorder = rest(answer(429, headers={"retry-after": "3"}), GOOD)

    error = await failure(upstream.call(READ, caller()))

    assert (error.code, error.retry_after) == (Code.RESOURCE_EXHAUSTED, 3.0)
    assert len(recorder.requests) == 1


@pytest.mark.case("F10")
async def test_nothing_is_repeated_when_no_time_would_be_left() -> None:
    upstream, recorder = rest(answer(503, headers={"retry-after": "2"}), GOOD)
    started = time.monotonic()

    error = await failure(upstream.call(READ, caller(seconds=2.0)))

    assert (error.code, error.reason) == (Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED)
    assert time.monotonic() - started < 1
    assert len(recorder.requests) == 1


@pytest.mark.case("C01")
async def test_retries_do_not_multiply_the_load_of_an_upstream_that_is_down() -> None:
    never_open = replace(USUAL, failures=1000)
    recorder = Recorder(REFUSED)
    down = Rest("bpm", "http://bpm.test", recorder, Guard("bpm", never_open))
    for _ in range(100):
        await failure(down.call(READ, caller()))
    retries = len(recorder.requests) - 100
    assert 15 <= retries <= 20  # ten saved up, and a tenth of the calls

    other, its_recorder = rest(REFUSED)
    await failure(other.call(READ, caller()))
    assert len(its_recorder.requests) == 3


def overloaded(wait: float | None) -> FacadeError:
    return FacadeError(Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED, "Later.", retry_after=wait)


@pytest.mark.case("F10")
@pytest.mark.parametrize(
    ("wait", "remaining", "pause"),
    [(0.0, 10.0, 0.0), (2.0, 10.0, 2.0), (2.01, 10.0, None), (1.0, 1.06, 1.0), (1.0, 1.04, None), (0.0, -1.0, None)],
    ids=["none", "two seconds", "more", "just time", "just no time", "time is over"],
)
def test_a_pause_fits_between_the_upstreams_wish_and_the_callers_time(
    wait: float, remaining: float, pause: float | None
) -> None:
    assert Retries().pause(overloaded(wait), READ, 1, remaining) == pause


def test_a_pause_is_drawn_at_random_below_a_bound_that_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facade.upstreams.retry.FIRST_PAUSE", 0.05)
    for tried, bound in ((1, 0.05), (2, 0.1)):
        pauses = [Retries().pause(overloaded(None), READ, tried, 10.0) for _ in range(100)]

        assert all(pause is not None and 0 <= pause <= bound for pause in pauses)
        assert max(pause or 0 for pause in pauses) > bound / 2
        assert len(set(pauses)) > 50


def test_calls_earn_retries_up_to_a_bound() -> None:
    budget = Retries()
    for _ in range(1000):
        budget.earn()

    spent = sum(budget.pause(overloaded(0.0), READ, 1, 10.0) is not None for _ in range(50))

    assert spent == 10
    for _ in range(11):
        budget.earn()
    assert [budget.pause(overloaded(0.0), READ, 1, 10.0) for _ in range(2)] == [0.0, None]
