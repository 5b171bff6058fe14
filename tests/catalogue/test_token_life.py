"""The life of a token, on both faces: refused, missing, replaced; and each record published once."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from facade import sandbox
from tests.bulk.stream import disagreements, items, published, seen
from tests.catalogue import canary
from tests.catalogue.stand import LATE, standing, told, unharmed
from tests.faces.client import Face, Failure
from tests.faces.stack import FACES
from tests.support import basic, set_faults, until

LOGIN = "/api/v1/user/token"
EVENTS = "/publish/allevents"
EVENT = ("PublishEvent", {"event": {"entity": "written"}})


def logins(upstream: sandbox.Running) -> int:
    """How often the Token API was asked."""
    return len(upstream.state.log.entries(LOGIN))


def done(upstream: sandbox.Running) -> list[str]:
    """The bodies of all events that were published."""
    return [entry.body for entry in upstream.state.log.entries(EVENTS) if entry.status == 200]


TOKENS: dict[str, Any] = {
    "none": {},
    "empty": {"access_token": ""},
    "null": {"access_token": None},
    "a number": {"access_token": 7},
    "8 KB": {"access_token": "t" * 8192},
    "CR and LF": {"access_token": "canary\r\nx-evil: 1"},
    "a semicolon": {"access_token": "canary; refresh_token=x"},
    "a comma": {"access_token": "canary,x"},
    "a blank": {"access_token": "canary x"},
    "beyond ASCII": {"access_token": "canary\u00fc"},
}


@pytest.mark.case("E04")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("data", TOKENS.values(), ids=TOKENS.keys())
async def test_a_token_that_cannot_be_sent_is_not_sent(name: str, data: Any, caplog: pytest.LogCaptureFixture) -> None:
    async with standing() as stand:
        canary.loud(caplog)
        login = {"path": LOGIN, "status": 200, "body": {"status_code": 200, "data": data}}
        await set_faults(stand.upstream.url, login)
        for operation, arguments in (EVENT, ("GenerateToken", {"email": canary.EMAIL, "password": canary.PASSWORD})):
            failure = await stand.failure(name, operation, arguments)
            assert (failure.code, failure.reason) == ("INTERNAL", "UPSTREAM_MALFORMED_RESPONSE")
            assert failure.upstream == "token"
            assert not canary.leaked(failure.received)

        assert logins(stand.upstream) == 2  # one each
        assert len(stand.upstream.state.log.entries()) == 2
        await set_faults(stand.upstream.url)
        await stand.clean()
        assert not canary.leaked(canary.logged(caplog))


@pytest.mark.case("E02", "E03")
@pytest.mark.parametrize("name", FACES)
async def test_a_record_is_sent_twice_at_most_and_published_once(name: str) -> None:
    async with standing() as stand, unharmed(stand):
        stand.upstream.state.log.clear()
        invalid = {"path": EVENTS, "status": 401, "body": {"message": "Invalid access token"}}
        await set_faults(stand.upstream.url, invalid | {"times": 1})
        await stand.call(name, *EVENT)
        assert (logins(stand.upstream), len(done(stand.upstream))) == (1, 1)
        assert len(stand.upstream.state.log.entries(EVENTS)) == 2

        stand.upstream.state.log.clear()
        await set_faults(stand.upstream.url, invalid)
        failure = await stand.failure(name, *EVENT)
        assert (failure.code, failure.reason) == ("UNAUTHENTICATED", "INVALID_TOKEN")
        assert logins(stand.upstream) <= 2
        assert len(stand.upstream.state.log.entries(EVENTS)) == 2
        await set_faults(stand.upstream.url)


@pytest.mark.case("E06")
@pytest.mark.parametrize("name", FACES)
async def test_a_token_that_expires_within_a_batch_is_replaced_and_each_item_published_once(name: str) -> None:
    """The row has a stream of pages. Pages are BPM's, which knows no tokens: what can outlive one are records."""
    async with standing() as stand, unharmed(stand, 32):
        stand.upstream.state.log.clear()
        await set_faults(stand.upstream.url, {"path": EVENTS, "delay": 0.02})
        batch = {"items": [{"item_id": str(number), "event": {"entity": f"e{number}"}} for number in range(200)]}
        call = asyncio.create_task(stand.call(name, "PublishBatch", batch))
        await until(lambda: len(done(stand.upstream)) >= 50)
        stand.upstream.state.sessions.revoke()

        results = (await call)["results"]

        assert [result["code"] for result in results] == ["OK"] * 200
        assert sorted(done(stand.upstream)) == sorted(f'{{"entity":"e{number}"}}' for number in range(200))
        assert logins(stand.upstream) == 1
        await set_faults(stand.upstream.url)


@pytest.mark.case("E06")
async def test_a_token_that_expires_within_a_stream_is_replaced_and_each_item_published_once() -> None:
    async with standing() as stand:
        revoked = 0

        def revoke(answers: int) -> None:
            nonlocal revoked
            if answers % 100 == 50:
                revoked += stand.upstream.state.sessions.revoke()

        outcome = await published(stand.facade.grpc, items(400), after=revoke)

        assert revoked >= 4
        assert outcome.codes() == {0: 400}
        assert disagreements(outcome, seen(stand.upstream)) == []


@pytest.mark.case("E08")
async def test_a_password_that_changed_upstream_is_told_and_its_session_gone(
    face: Face, upstream: sandbox.Running
) -> None:
    await face.call(*EVENT)
    account = upstream.state.accounts["api@example.com"]
    upstream.state.accounts["api@example.com"] = replace(account, password="changed")
    upstream.state.sessions.revoke()

    for _ in range(3):
        with pytest.raises(Failure, match="UNAUTHENTICATED INVALID_CREDENTIALS"):
            await face.call(*EVENT)

    assert logins(upstream) == 2  # and the rejection is remembered for a moment
    assert len(upstream.state.log.entries(EVENTS)) == 2  # the old token was sent once more, and then never
    await face.call(*EVENT, basic(password="changed"))
    assert (logins(upstream), len(done(upstream))) == (3, 2)


@pytest.mark.case("E09")
@pytest.mark.parametrize("name", FACES)
async def test_a_crowd_that_waits_for_a_slow_login_leaves_in_time_and_does_not_come_back_at_once(name: str) -> None:
    async with standing() as stand:
        await set_faults(stand.upstream.url, {"path": LOGIN, "delay": 30})
        started = time.monotonic()
        outcomes = await asyncio.gather(*(stand.failure(name, *EVENT, timeout=1.0) for _ in range(200)))

        assert {told(outcome) for outcome in outcomes} == {LATE}
        assert 0.9 < time.monotonic() - started < 8  # of a busy machine
        asked = logins(stand.upstream)
        assert asked in {1, 2}  # a caller whom a busy machine serves when the others have gone logs in by himself
        await set_faults(stand.upstream.url)
        answers = await asyncio.gather(*(stand.call(name, *EVENT) for _ in range(200)))
        assert len(answers) == len(done(stand.upstream)) == 200
        assert logins(stand.upstream) == asked + 1
