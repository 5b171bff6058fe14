"""What a session keeps, for whom, and for how long."""

import asyncio
import gc
import weakref
from collections.abc import Mapping

import pytest

from facade.caller import Basic, Caller, Own
from facade.domain.token import Token
from facade.errors import Code, Reason
from facade.upstreams.session import Session, Sessions
from tests.upstreams.doubles import caller, failure
from tests.upstreams.logins import Logins, account, outage, refusal, sessions


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What `time.monotonic` says to the sessions: the first element."""
    now = [1000.0]

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return now[0]

    monkeypatch.setattr("facade.upstreams.session.time", Clock)
    return now


async def test_a_token_is_fetched_once_and_kept() -> None:
    logins = Logins()
    kept = sessions(logins)

    assert [await kept.token(account(), caller()) for _ in range(3)] == ["token-1"] * 3
    assert logins.asked == [account().header]


async def test_a_login_has_its_own_time_and_the_name_of_the_request_and_no_credentials() -> None:
    logins = Logins()

    await sessions(logins, login_timeout=50.0).token(account(), caller(seconds=1.0, request_id="r-9"))

    (asked,) = logins.callers
    assert 45 < asked.remaining() <= 50
    assert (asked.iem, asked.bpm, asked.request_id) == (None, None, "r-9")


@pytest.mark.case("A04")
async def test_the_same_user_with_another_password_is_somebody_else() -> None:
    logins = Logins()
    kept = sessions(logins)
    right = await kept.token(account("right"), caller())

    logins.error = refusal()
    error = await failure(kept.token(account("wrong"), caller()))

    assert (error.code, error.reason) == (Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS)
    assert await kept.token(account("right"), caller()) == right


async def test_a_rejection_is_remembered_for_a_moment(clock: list[float]) -> None:
    logins = Logins()
    logins.error = refusal()
    kept = sessions(logins)
    for _ in range(5):
        assert (await failure(kept.token(account(), caller()))).reason is Reason.INVALID_CREDENTIALS
    assert len(logins.asked) == 1

    clock[0] += 1.99
    await failure(kept.token(account(), caller()))
    assert len(logins.asked) == 1

    clock[0] += 0.02
    logins.error = None
    assert await kept.token(account(), caller()) == "token-2"


async def test_a_wrong_password_of_the_facade_s_own_is_tried_seldom(clock: list[float]) -> None:
    logins = Logins()
    logins.error = refusal()
    kept = sessions(logins)
    for seconds in (0.0, 29.9, 0.2):
        clock[0] += seconds
        await failure(kept.token(Own(account().header), caller()))

    assert len(logins.asked) == 2, "every request of every caller would try it"


@pytest.mark.case("A06")
async def test_the_right_password_works_at_once_after_a_wrong_one() -> None:
    logins = Logins()
    logins.error = refusal()
    kept = sessions(logins)
    await failure(kept.token(account("wrong"), caller()))

    logins.error = None

    assert await kept.token(account("right"), caller()) == "token-2"


async def test_a_login_that_failed_otherwise_is_tried_again_at_once() -> None:
    logins = Logins()
    logins.error = outage()
    kept = sessions(logins)
    assert (await failure(kept.token(account(), caller()))).code is Code.UNAVAILABLE

    logins.error = None

    assert await kept.token(account(), caller()) == "token-2"


async def test_a_refused_token_is_forgotten_and_a_newer_one_is_not() -> None:
    logins = Logins()
    kept = sessions(logins)
    other = await kept.token(account(email="b@example.com"), caller())
    first = await kept.token(account(), caller())

    kept.refuse(account(), first)
    second = await kept.token(account(), caller())
    kept.refuse(account(), first)  # a call that was slow to notice

    assert (first, second) == ("token-2", "token-3")
    assert await kept.token(account(), caller()) == second
    assert await kept.token(account(email="b@example.com"), caller()) == other


async def test_a_session_that_worked_forgets_its_old_rejection(clock: list[float]) -> None:
    logins = Logins()
    logins.error = refusal()
    kept = sessions(logins)
    await failure(kept.token(account(), caller()))
    clock[0] += 3
    logins.error = None
    token = await kept.token(account(), caller())
    clock[0] -= 3

    kept.refuse(account(), token)

    assert await kept.token(account(), caller()) == "token-3"


async def test_the_least_recently_used_session_is_forgotten_first() -> None:
    logins = Logins()
    kept = sessions(logins, capacity=2)
    a, b, c = (account(email=f"{name}@example.com") for name in "abc")
    await kept.token(a, caller())
    await kept.token(b, caller())
    await kept.token(a, caller())
    await kept.token(c, caller())  # b goes

    assert [await kept.token(each, caller()) for each in (a, c, b)] == ["token-1", "token-3", "token-4"]


async def test_many_distinct_callers_do_not_fill_the_memory() -> None:
    tokens: list[weakref.ref[object]] = []

    class Text(str):
        __slots__ = ("__weakref__",)

    async def log_in(_basic: Basic, _caller: Caller) -> Token:
        text = Text("t")
        tokens.append(weakref.ref(text))
        return Token("", "", False, text, "")

    kept = Sessions(log_in, capacity=100, login_timeout=5.0)
    who = caller()
    for number in range(20_000):
        await kept.token(account(email=f"{number}@example.com"), who)
    gc.collect()

    assert sum(token() is not None for token in tokens) == 100
    assert len(tokens) == 20_000
    await kept.token(account(email="0@example.com"), who)  # forgotten, and still works
    assert len(tokens) == 20_001


async def test_a_remembered_rejection_keeps_nothing_of_the_login_alive() -> None:
    class Secret:
        pass

    held: list[weakref.ref[Secret]] = []

    async def log_in(_basic: Basic, _caller: Caller) -> Token:
        secret = Secret()
        held.append(weakref.ref(secret))
        raise refusal()

    kept = Sessions(log_in, capacity=100, login_timeout=5.0)
    await failure(kept.token(account(), caller()))
    await asyncio.sleep(0)  # the loop itself holds an error until its next turn
    gc.collect()

    assert [each() for each in held] == [None]


def remembered(kept: Sessions) -> set[object]:
    """What the sessions are found by."""
    return {key for value in vars(kept).values() if isinstance(value, Mapping) for key in value}


async def test_what_a_session_is_found_by_means_nothing_elsewhere() -> None:
    one, other = sessions(Logins()), sessions(Logins())
    for kept in (one, other):
        await kept.token(account(), caller())

    assert len(remembered(one)) == len(remembered(other)) == 1
    assert not remembered(one) & remembered(other)
    assert account().header not in repr(vars(one))


def test_a_session_does_not_show_its_token() -> None:
    assert "canary" not in repr(Session(token="canary"))
