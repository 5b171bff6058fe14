"""Many callers, one login: nobody waits for another's luck."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from facade.caller import Basic, Caller
from facade.domain.token import Token
from facade.errors import Code, FacadeError, Outcome, Reason
from facade.upstreams.session import Sessions
from tests.support import until
from tests.upstreams.doubles import caller, failure
from tests.upstreams.logins import Logins, account, outage, refusal, sessions

Waiter = asyncio.Task[str]


@pytest.fixture
def logins() -> Logins:
    return Logins(held=True)


async def waiting(kept: Sessions, count: int) -> list[Waiter]:
    """Callers that have all begun to wait for the same login."""
    tasks = [asyncio.create_task(kept.token(account(), caller())) for _ in range(count)]
    await asyncio.sleep(0)  # each runs to its first wait
    return tasks


async def test_fifty_callers_share_one_login(logins: Logins) -> None:
    tasks = await waiting(sessions(logins), 50)

    logins.go.set()

    assert await asyncio.gather(*tasks) == ["token-1"] * 50
    assert len(logins.asked) == 1


@pytest.mark.case("A06")
@pytest.mark.parametrize("error", [refusal, outage], ids=["refused", "lost"])
async def test_fifty_callers_share_one_failure_and_each_gets_an_exception_of_its_own(
    logins: Logins, error: Callable[[], FacadeError]
) -> None:
    logins.error = error()
    tasks = await waiting(sessions(logins), 50)

    logins.go.set()
    failures = await asyncio.gather(*tasks, return_exceptions=True)

    assert [str(each) for each in failures] == [str(error())] * 50
    assert len({id(each) for each in failures}) == 50
    assert logins.error not in failures
    assert len(logins.asked) == 1


async def test_later_callers_get_exceptions_of_their_own_from_a_remembered_rejection(logins: Logins) -> None:
    logins.error = refusal()
    logins.go.set()
    kept = sessions(logins)

    failures = [await failure(kept.token(account(), caller())) for _ in range(3)]

    assert len({id(each) for each in failures}) == 3
    assert len(logins.asked) == 1


@pytest.mark.case("A07")
async def test_a_first_caller_who_leaves_does_not_take_the_login_with_him(logins: Logins) -> None:
    first, *others = await waiting(sessions(logins), 5)

    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    logins.go.set()

    assert await asyncio.gather(*others) == ["token-1"] * 4
    assert len(logins.asked) == 1


async def test_a_caller_whose_time_is_over_leaves_and_the_others_stay(logins: Logins) -> None:
    kept = sessions(logins)
    others = await waiting(kept, 3)

    error = await failure(kept.token(account(), caller(seconds=0.05)))
    logins.go.set()

    assert (error.code, error.reason) == (Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT)
    assert (error.upstream, error.outcome) == ("token", Outcome.NOT_SENT)
    assert await asyncio.gather(*others) == ["token-1"] * 3
    assert len(logins.asked) == 1


async def test_a_login_that_nobody_waits_for_is_given_up(logins: Logins) -> None:
    kept = sessions(logins)
    tasks = await waiting(kept, 5)

    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await until(lambda: logins.given_up == 1)
    logins.go.set()

    assert await kept.token(account(), caller()) == "token-2"


@pytest.mark.case("E09")
async def test_two_hundred_callers_whose_time_is_over_leave_in_time_and_no_stampede_follows(logins: Logins) -> None:
    kept = sessions(logins)

    async with asyncio.timeout(2):
        failures = await asyncio.gather(
            *(kept.token(account(), caller(seconds=0.2)) for _ in range(200)), return_exceptions=True
        )

    assert {getattr(each, "code", None) for each in failures} == {Code.DEADLINE_EXCEEDED}
    await until(lambda: logins.given_up == 1)
    logins.go.set()
    assert set(await asyncio.gather(*(kept.token(account(), caller()) for _ in range(200)))) == {"token-2"}
    assert len(logins.asked) == 2


async def test_a_caller_who_comes_while_an_abandoned_login_ends_gets_a_login_of_his_own(logins: Logins) -> None:
    kept = sessions(logins)
    (only,) = await waiting(kept, 1)
    only.cancel()
    await asyncio.gather(only, return_exceptions=True)

    (next_one,) = await waiting(kept, 1)
    logins.go.set()

    assert await next_one == "token-2"
    assert await kept.token(account(), caller()) == "token-2"


async def test_different_callers_log_in_beside_each_other(logins: Logins) -> None:
    kept = sessions(logins)
    tasks = [asyncio.create_task(kept.token(account(email=f"{n}@example.com"), caller())) for n in range(5)]
    await until(lambda: len(logins.asked) == 5)

    logins.go.set()

    assert sorted(await asyncio.gather(*tasks)) == [f"token-{n}" for n in range(1, 6)]


async def test_callers_whose_session_was_forgotten_meanwhile_are_served(logins: Logins) -> None:
    kept = sessions(logins, capacity=1)
    tasks = await waiting(kept, 3)
    other = asyncio.create_task(kept.token(account(email="b@example.com"), caller()))
    await until(lambda: len(logins.asked) == 2)

    logins.go.set()

    assert await asyncio.gather(*tasks) == ["token-1"] * 3
    assert await other == "token-2"


async def test_the_task_of_a_login_does_not_show_the_token(logins: Logins) -> None:
    tasks = await waiting(sessions(logins), 1)
    await until(lambda: len(logins.asked) == 1)
    login = asyncio.all_tasks() - {*tasks, asyncio.current_task()}

    logins.go.set()
    assert await tasks[0] == "token-1"

    assert any(each.done() for each in login)
    assert not [each for each in login if "token-1" in repr(each)]


async def test_a_login_that_succeeds_although_it_was_given_up_is_kept() -> None:
    asked = []

    async def stubborn(_basic: Basic, _caller: Caller) -> Token:
        asked.append(1)
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return Token("", "", False, "token-1", "")

    kept = Sessions(stubborn, capacity=100, login_timeout=5.0)
    (only,) = await waiting(kept, 1)
    await until(lambda: asked == [1])
    only.cancel()
    await asyncio.gather(only, return_exceptions=True)

    assert await kept.token(account(), caller(seconds=0.5)) == "token-1"
