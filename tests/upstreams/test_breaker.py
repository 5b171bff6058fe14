"""The circuit breaker: what opens it, what closes it, and who is let through meanwhile. Time is the test's own."""

import asyncio
import logging
from dataclasses import replace

import pytest

from facade.errors import Code, FacadeError, Outcome, Reason
from facade.upstreams.breaker import SHORTEST_PAUSE, USUAL, Breaker
from facade.upstreams.evidence import tells
from facade.upstreams.unanswered import out_of_time

REFUSED = FacadeError(Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "Gone.", "bpm", outcome=Outcome.NOT_SENT)
LATE = FacadeError(Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT, "Late.", "bpm")
NOT_FOUND = FacadeError(Code.NOT_FOUND, Reason.USER_NOT_FOUND, "Nobody.", "bpm", 404)
LONG = 1000.0  # seconds, in which any pause ends


class Clock:
    """The time, which goes on when it is told to."""

    now = 5000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("facade.upstreams.breaker.time", made)
    return made


@pytest.fixture
def breaker(clock: Clock) -> Breaker:  # noqa: ARG001 - its time
    return Breaker("bpm", USUAL)


def fail(breaker: Breaker, times: int, error: FacadeError = REFUSED) -> None:
    for _ in range(times):
        breaker.ended(0, error, 0.0)


def state(breaker: Breaker) -> str:
    half = "half-open" if breaker.up else "open"
    return "closed" if breaker.closed and breaker.up else half


def refusal(breaker: Breaker) -> FacadeError:
    with pytest.raises(FacadeError) as caught:
        breaker.enter()
    return caught.value


@pytest.fixture
def open_one(breaker: Breaker) -> Breaker:
    """One that has just opened."""
    fail(breaker, USUAL.failures)
    assert state(breaker) == "open"
    return breaker


@pytest.mark.case("F02")
def test_five_failures_in_a_row_open_it(breaker: Breaker) -> None:
    fail(breaker, 4)
    breaker.ended(0, None, 0.0)
    fail(breaker, 4)
    assert state(breaker) == "closed"
    fail(breaker, 1)
    assert state(breaker) == "open"


def answered(status: int, reason: Reason, code: Code = Code.UNKNOWN) -> FacadeError:
    return FacadeError(code, reason, "", "bpm", status)


DOWN = {
    "not reached": REFUSED,
    "the answer was lost": answered(0, Reason.OUTCOME_UNKNOWN),
    "502 to a read": answered(502, Reason.UPSTREAM_UNREACHABLE),
    "502 to a write": answered(502, Reason.OUTCOME_UNKNOWN),
    "503": answered(503, Reason.UPSTREAM_OVERLOADED),
    "504": answered(504, Reason.UPSTREAM_TIMEOUT),
    "late": LATE,
    "given up by the caller": asyncio.CancelledError(),
}
THERE = {
    "a result": None,
    "400": answered(400, Reason.UPSTREAM_REJECTED),
    "404": NOT_FOUND,
    "408": answered(408, Reason.UPSTREAM_UNREACHABLE),
    "429": answered(429, Reason.UPSTREAM_OVERLOADED),
    "500": answered(500, Reason.UPSTREAM_ERROR),
    "503 with a sentence": answered(503, Reason.USER_NOT_IN_CUSTOMER),
    "nonsense": answered(200, Reason.UPSTREAM_MALFORMED_RESPONSE),
    "unreadable": answered(0, Reason.UPSTREAM_MALFORMED_RESPONSE),
}
NOTHING = {
    "not asked": out_of_time("bpm"),
    "a defect": ValueError(),
    "a request that cannot be made": answered(0, Reason.INTERNAL),
    "no descriptor left": answered(0, Reason.OVERLOADED),
}


@pytest.mark.parametrize("error", DOWN.values(), ids=DOWN.keys())
def test_what_says_that_it_is_down(error: BaseException) -> None:
    assert tells(error, USUAL.patience, USUAL.patience) is True


@pytest.mark.parametrize("error", THERE.values(), ids=THERE.keys())
def test_what_says_that_it_is_there(error: BaseException | None) -> None:
    assert tells(error, LONG, USUAL.patience) is False


@pytest.mark.parametrize("error", NOTHING.values(), ids=NOTHING.keys())
def test_what_says_nothing(error: BaseException) -> None:
    assert tells(error, 0.0, USUAL.patience) is None


@pytest.mark.parametrize("error", [LATE, asyncio.CancelledError()], ids=["late", "given up"])
def test_a_caller_in_a_hurry_does_not_cut_the_others_off(breaker: Breaker, error: BaseException) -> None:
    for _ in range(1000):
        breaker.ended(0, error, 0.001)
    assert state(breaker) == "closed"
    assert breaker.untroubled


@pytest.mark.case("F02")
def test_while_it_is_open_calls_fail_at_once_and_are_told_when_to_come_back(open_one: Breaker) -> None:
    error = refusal(open_one)
    assert (error.code, error.reason, error.upstream) == (Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "bpm")
    assert error.outcome is Outcome.NOT_SENT
    assert error.retryable
    assert error.retry_after == SHORTEST_PAUSE


def test_it_says_overloaded_where_that_is_what_the_upstream_said(breaker: Breaker) -> None:
    fail(breaker, 5, answered(503, Reason.UPSTREAM_OVERLOADED))
    assert refusal(breaker).reason is Reason.UPSTREAM_OVERLOADED


@pytest.mark.case("F02")
def test_half_open_lets_one_call_through_at_a_time(open_one: Breaker, clock: Clock) -> None:
    clock.now += 1.0
    trial = open_one.enter()
    assert trial
    for _ in range(100):
        refusal(open_one)
    open_one.ended(trial, REFUSED, 0.0)
    refusal(open_one)
    clock.now += 1.0
    trial = open_one.enter()
    open_one.ended(trial, NOT_FOUND, 0.0)
    assert state(open_one) == "closed"


@pytest.mark.case("F02")
def test_a_trial_that_is_cancelled_gives_its_place_back(open_one: Breaker, clock: Clock) -> None:
    clock.now += 1.0
    open_one.ended(open_one.enter(), asyncio.CancelledError(), 0.0)
    assert open_one.enter()


def test_a_trial_that_hangs_is_one_that_failed_and_its_end_is_not_that_of_the_next(
    open_one: Breaker, clock: Clock
) -> None:
    clock.now += 1.0
    hanging = open_one.enter()
    clock.now += USUAL.patience + 0.1
    refusal(open_one)
    clock.now += 1.0
    assert open_one.enter()
    open_one.ended(hanging, REFUSED, 7.0)
    refusal(open_one)


def test_the_tries_of_one_call_count_once(breaker: Breaker) -> None:
    for _ in range(4):
        counted = breaker.ended(0, REFUSED, 0.0)
        for _ in range(10):
            assert breaker.ended(0, REFUSED, 0.0, counted=counted)
    assert state(breaker) == "closed"
    fail(breaker, 1)
    assert state(breaker) == "open"


def test_a_trial_counts_although_its_call_has(open_one: Breaker, clock: Clock) -> None:
    clock.now += 1.0
    assert open_one.ended(open_one.enter(), REFUSED, 0.0, counted=True)
    refusal(open_one)


def test_an_answer_to_a_call_that_began_before_closes_it(open_one: Breaker) -> None:
    open_one.ended(0, None, 9.0)
    assert state(open_one) == "closed"


def test_failures_of_calls_that_began_before_do_not_put_the_trial_off(open_one: Breaker, clock: Clock) -> None:
    clock.now += 1.0
    fail(open_one, 100)
    assert open_one.enter()


def test_a_trial_goes_after_a_tenth_of_the_time_for_which_it_was_down(open_one: Breaker, clock: Clock) -> None:
    down_since = clock.now
    pauses = []
    while clock.now < down_since + 200:
        clock.now += open_one.wait() + 1e-9
        trial = open_one.enter()
        assert trial
        open_one.ended(trial, REFUSED, 0.0)
        pauses.append((clock.now - down_since, open_one.wait()))
    for down_for, pause in pauses:
        longest = min(max(down_for / 10, SHORTEST_PAUSE), USUAL.pause)
        assert longest * 0.79 <= pause <= longest * 1.01


@pytest.mark.parametrize(("wanted", "pause"), [(3.0, 3.0), (3600.0, 60.0)])
def test_a_trial_waits_for_as_long_as_the_upstream_asks_but_not_for_ever(
    breaker: Breaker, wanted: float, pause: float
) -> None:
    fail(breaker, 5, replace(answered(503, Reason.UPSTREAM_OVERLOADED), retry_after=wanted))
    assert breaker.wait() == pause
    assert refusal(breaker).retry_after == pause


def test_an_answer_to_the_facades_own_trial_closes_it_until_the_next_failure(open_one: Breaker, clock: Clock) -> None:
    clock.now += 1.0
    open_one.ended(open_one.enter(), NOT_FOUND, 0.0, probe=True)
    assert state(open_one) == "closed"
    fail(open_one, 1)
    assert state(open_one) == "open"


def deceived(breaker: Breaker, clock: Clock) -> None:
    """The facade's own calls are answered, callers' are not."""
    clock.now += 1.0
    breaker.ended(breaker.enter(), None, 0.0, probe=True)
    fail(breaker, 1)
    clock.now += 1.0
    breaker.ended(breaker.enter(), None, 0.0, probe=True)


def test_where_it_deceived_one_call_of_a_caller_at_a_time_is_let_through(open_one: Breaker, clock: Clock) -> None:
    deceived(open_one, clock)
    assert state(open_one) == "half-open"
    trial = open_one.enter()
    refusal(open_one)
    open_one.ended(trial, LATE, 9.0)
    assert state(open_one) == "open"
    refusal(open_one)


def test_after_it_deceived_a_callers_answer_closes_it_and_all_is_as_before(open_one: Breaker, clock: Clock) -> None:
    deceived(open_one, clock)
    open_one.ended(open_one.enter(), None, 0.0)
    assert open_one.untroubled
    fail(open_one, 4)
    assert state(open_one) == "closed"


def test_each_change_is_told_once(breaker: Breaker, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    told: list[bool] = []
    breaker.watch(lambda: told.append(breaker.up))
    with caplog.at_level(logging.WARNING):
        fail(breaker, 50)
        for _ in range(3):
            clock.now += LONG
            breaker.ended(breaker.enter(), REFUSED, 0.0)
        clock.now += LONG
        breaker.ended(breaker.enter(), None, 0.0)
        breaker.ended(0, None, 0.0)
    assert told == [False, True]
    assert [each.message for each in caplog.records] == ["upstream is down", "upstream answers again"]


def test_the_number_of_failures_is_a_setting() -> None:
    breaker = Breaker("bpm", replace(USUAL, failures=1))
    fail(breaker, 1)
    assert state(breaker) == "open"
