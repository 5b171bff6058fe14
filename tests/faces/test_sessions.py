"""Token sessions as callers meet them: how often the Token API is asked, and that nothing is published twice."""

import asyncio

import pytest

from facade import sandbox
from tests.faces.client import Face, Failure
from tests.faces.stack import FACES, standing
from tests.support import basic, set_faults

pytestmark = pytest.mark.anyio

LOGIN = "/api/v1/user/token"
EVENTS = "/publish/allevents"


def logins(upstream: sandbox.Running) -> int:
    """How often the Token API was asked."""
    return len(upstream.state.log.entries(LOGIN))


def published(upstream: sandbox.Running) -> list[str]:
    """The bodies of all events that were published."""
    return [entry.body for entry in upstream.state.log.entries(EVENTS) if entry.status == 200]


async def publish(face: Face, entity: str, headers: dict[str, str] | None = None) -> None:
    """Publishes an event about `entity`."""
    await face.call("PublishEvent", {"event": {"entity": entity}}, headers)


async def test_a_hundred_first_publishes_at_once_log_in_once(face: Face, upstream: sandbox.Running) -> None:
    await asyncio.gather(*(publish(face, f"e{number}") for number in range(100)))

    assert logins(upstream) == 1
    assert sorted(published(upstream)) == sorted(f'{{"entity":"e{number}"}}' for number in range(100))


@pytest.mark.case("E03")
async def test_a_revoked_token_is_replaced_once_and_each_event_published_once(
    face: Face, upstream: sandbox.Running
) -> None:
    await publish(face, "first")
    upstream.state.sessions.revoke()

    await asyncio.gather(*(publish(face, f"e{number}") for number in range(20)))

    assert logins(upstream) == 2
    assert len(published(upstream)) == len(set(published(upstream))) == 21


@pytest.mark.parametrize("name", FACES)
async def test_a_token_that_expired_is_replaced(name: str) -> None:
    async with standing(name, options=sandbox.Options(token_lifetime=0.05)) as stack:
        await publish(stack.face, "first")
        await asyncio.sleep(0.06)  # the token's lifetime: what is tested
        await publish(stack.face, "second")

        assert len(published(stack.upstream)) == 2
        assert logins(stack.upstream) >= 2


@pytest.mark.parametrize("customer", ["C-200", "C-300", "unknown"])
async def test_an_error_about_the_customer_causes_no_login(
    face: Face, upstream: sandbox.Running, customer: str
) -> None:
    await publish(face, "first")

    with pytest.raises(Failure):
        await face.call("PublishEvent", {"event": {"env_customer_id": customer}})

    assert logins(upstream) == 1


@pytest.mark.case("E02")
async def test_a_token_that_stays_invalid_costs_two_logins_and_no_more(face: Face, upstream: sandbox.Running) -> None:
    refusal = {"path": EVENTS, "status": 401, "body": {"message": "Invalid access token"}}
    await set_faults(upstream.url, refusal)

    with pytest.raises(Failure, match="UNAUTHENTICATED INVALID_TOKEN"):
        await publish(face, "x")

    assert logins(upstream) == 2


async def test_the_callers_own_token_is_never_refreshed(face: Face, upstream: sandbox.Running) -> None:
    with pytest.raises(Failure, match="INVALID_TOKEN"):
        await publish(face, "x", {"authorization": "Bearer stale"})

    assert logins(upstream) == 0
    assert len(upstream.state.log.entries(EVENTS)) == 1


@pytest.mark.case("A06")
async def test_a_wrong_password_is_asked_once_for_a_crowd_and_hurts_nobody_else(
    face: Face, upstream: sandbox.Running
) -> None:
    wrong = basic(password="wrong")

    outcomes = await asyncio.gather(*(publish(face, "x", wrong) for _ in range(50)), return_exceptions=True)

    assert {str(outcome).split(":")[0] for outcome in outcomes} == {"UNAUTHENTICATED INVALID_CREDENTIALS"}
    assert logins(upstream) == 1
    await publish(face, "right")
    assert logins(upstream) == 2


@pytest.mark.case("A04")
async def test_a_cached_session_is_not_opened_by_a_wrong_password(face: Face, upstream: sandbox.Running) -> None:
    await publish(face, "right")

    with pytest.raises(Failure, match="UNAUTHENTICATED INVALID_CREDENTIALS"):
        await publish(face, "wrong", basic(password="wrong"))
    await publish(face, "right again")
    assert logins(upstream) == 2  # the right password's session is the one that it was


@pytest.mark.case("E09")
@pytest.mark.parametrize("name", FACES)
async def test_a_slow_login_is_waited_for_until_each_callers_own_deadline(name: str) -> None:
    async with standing(name, default_timeout=3.0) as stack:  # long enough for all to have come before the first leaves
        await set_faults(stack.upstream.url, {"path": LOGIN, "delay": 30})

        outcomes = await asyncio.gather(*(publish(stack.face, "x") for _ in range(50)), return_exceptions=True)

        assert {str(outcome).split(":")[0] for outcome in outcomes} == {"DEADLINE_EXCEEDED UPSTREAM_TIMEOUT"}
        assert logins(stack.upstream) == 1
        await set_faults(stack.upstream.url)
        await publish(stack.face, "y")
        assert len(published(stack.upstream)) == 1
