"""Whose token is published with, and what happens when the upstream no longer takes it."""

from collections.abc import Callable

import httpx
import pytest

from facade.caller import Token
from facade.domain.publish import Event, Kind, Record
from facade.errors import Code, Outcome, Reason
from facade.upstreams.connect import Addresses
from tests.upstreams.doubles import BASIC, Recorder, Reply, answer, caller, connected, failure, said

DONE = said(200, "Data published successfully")
INVALID = said(401, "Invalid access token")


class Iem(Recorder):
    """Gives tokens t-1, t-2, …; answers what is published as it is told, the last reply again and again."""

    def __init__(self, *replies: Reply, login: Callable[[int], Reply] | None = None) -> None:
        self._publish = Recorder(*replies)
        self._login = login or (lambda number: answer(200, {"data": {"access_token": f"t-{number}"}}))
        self.logins: list[httpx.Request] = []
        super().__init__()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "token.test":
            return await self._publish.handle_async_request(request)
        self.logins.append(request)
        return await Recorder(self._login(len(self.logins))).handle_async_request(request)

    @property
    def cookies(self) -> list[str | None]:
        """The cookie of each record that was sent."""
        assert not [each for each in self._publish.requests if "authorization" in each.headers]
        return [each.headers.get("cookie") for each in self._publish.requests]

    @property
    def bodies(self) -> list[bytes]:
        return [each.content for each in self._publish.requests]


EVENT = Event(severity="4")


async def test_a_password_becomes_a_token_that_is_kept() -> None:
    iem = Iem(DONE)
    publish = connected(iem).publish

    for _ in range(3):
        await publish.publish_event(EVENT, caller(iem=BASIC))
    await publish.publish_record(Kind.METRIC, Record(fields={}), "metric", caller(iem=BASIC))

    assert [each.headers["authorization"] for each in iem.logins] == [BASIC.header]
    assert iem.cookies == ["access_token=t-1"] * 4


@pytest.mark.case("E03")
async def test_a_token_that_became_invalid_is_replaced_once_and_the_record_sent_again() -> None:
    iem = Iem(DONE, INVALID, DONE)
    publish = connected(iem).publish
    await publish.publish_event(EVENT, caller(iem=BASIC))

    assert await publish.publish_event(EVENT, caller(iem=BASIC)) == "Data published successfully"

    assert len(iem.logins) == 2
    assert iem.cookies == ["access_token=t-1", "access_token=t-1", "access_token=t-2"]
    assert iem.bodies == [b'{"severity":"4"}'] * 3


@pytest.mark.case("E02")
async def test_a_token_that_stays_invalid_costs_two_logins_and_no_more() -> None:
    iem = Iem(INVALID)
    publish = connected(iem).publish

    error = await failure(publish.publish_event(EVENT, caller(iem=BASIC)))

    assert (error.code, error.reason) == (Code.UNAUTHENTICATED, Reason.INVALID_TOKEN)
    assert len(iem.logins) == 2
    assert iem.cookies == ["access_token=t-1", "access_token=t-2"]


async def test_a_token_that_was_refused_twice_is_not_kept_for_the_next_call() -> None:
    iem = Iem(INVALID, INVALID, DONE)
    publish = connected(iem).publish
    await failure(publish.publish_event(EVENT, caller(iem=BASIC)))

    await publish.publish_event(EVENT, caller(iem=BASIC))

    assert iem.cookies[-1] == "access_token=t-3"


async def test_a_second_refusal_of_another_kind_keeps_the_new_token() -> None:
    iem = Iem(INVALID, said(401, "Access denied"), DONE)
    publish = connected(iem).publish
    assert (await failure(publish.publish_event(EVENT, caller(iem=BASIC)))).reason is Reason.ACCESS_DENIED

    await publish.publish_event(EVENT, caller(iem=BASIC))

    assert iem.cookies[-1] == "access_token=t-2"


async def test_the_callers_own_token_is_never_replaced() -> None:
    iem = Iem(INVALID)

    error = await failure(connected(iem).publish.publish_event(EVENT, caller(iem=Token("mine"))))

    assert (error.code, error.reason) == (Code.UNAUTHENTICATED, Reason.INVALID_TOKEN)
    assert iem.cookies == ["access_token=mine"]
    assert iem.logins == []


@pytest.mark.parametrize(
    "reply",
    [
        said(401, "Data has been sent for inactive customer"),
        said(401, "User is not associated with the customer"),
        said(401, "Access denied"),
        said(401, "Missing access token"),
        said(401, "anything else"),
        answer(401, b"<html>Unauthorized</html>"),
        answer(403),
        answer(500),
        answer(503),
        httpx.ReadError("reset"),
    ],
    ids=[
        "inactive customer",
        "another's customer",
        "no API user",
        "no token",
        "an unknown sentence",
        "a page",
        "403",
        "500",
        "503",
        "connection lost",
    ],
)
async def test_an_error_that_is_not_about_the_token_causes_no_login_and_no_replay(reply: Reply) -> None:
    iem = Iem(DONE, reply, DONE)
    publish = connected(iem).publish
    await publish.publish_event(EVENT, caller(iem=BASIC))

    await failure(publish.publish_event(EVENT, caller(iem=BASIC)))
    await publish.publish_event(EVENT, caller(iem=BASIC))

    assert len(iem.logins) == 1
    assert iem.cookies == ["access_token=t-1"] * 3


@pytest.mark.case("E08")
async def test_a_password_that_changed_is_told_and_the_old_token_is_gone() -> None:
    iem = Iem(
        DONE, INVALID, login=lambda number: answer(200, {"data": {"access_token": "t"}}) if number < 2 else answer(401)
    )
    publish = connected(iem).publish
    await publish.publish_event(EVENT, caller(iem=BASIC))

    for _ in range(2):
        error = await failure(publish.publish_event(EVENT, caller(iem=BASIC)))
        assert (error.code, error.reason, error.upstream) == (
            Code.UNAUTHENTICATED,
            Reason.INVALID_CREDENTIALS,
            "token",
        )

    assert len(iem.logins) == 2
    assert len(iem.cookies) == 2


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (429, Code.RESOURCE_EXHAUSTED, Reason.UPSTREAM_OVERLOADED),
        (503, Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED),
        (502, Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE),
        (200, Code.INTERNAL, Reason.UPSTREAM_MALFORMED_RESPONSE),
    ],
)
async def test_a_failure_of_the_login_is_one_of_the_token_api_and_nothing_was_published(
    status: int, code: Code, reason: Reason
) -> None:
    iem = Iem(DONE, login=lambda _: answer(status))

    error = await failure(connected(iem).publish.publish_event(EVENT, caller(iem=BASIC)))

    assert (error.code, error.reason, error.upstream) == (code, reason, "token")
    assert error.outcome is not Outcome.UNKNOWN
    assert iem.cookies == []


async def test_no_credentials_are_told_without_a_call() -> None:
    iem = Iem(DONE)

    error = await failure(connected(iem).publish.publish_event(EVENT, caller(iem=None)))

    assert (error.code, error.reason, error.upstream) == (Code.UNAUTHENTICATED, Reason.MISSING_CREDENTIALS, "publish")
    assert (iem.cookies, iem.logins) == ([], [])


async def test_a_password_needs_the_token_api_and_a_token_does_not() -> None:
    iem = Iem(DONE)
    publish = connected(iem, Addresses(publish="http://publish.test")).publish

    error = await failure(publish.publish_event(EVENT, caller(iem=BASIC)))

    assert (error.reason, error.upstream) == (Reason.UPSTREAM_NOT_CONFIGURED, "token")
    assert await publish.publish_event(EVENT, caller(iem=Token("mine"))) == "Data published successfully"


async def test_health_is_asked_for_without_credentials() -> None:
    iem = Iem(said(200, "API is running"))
    publish = connected(iem).publish

    await publish.check_health(caller(iem=BASIC))
    await publish.probe(caller(iem=None))

    assert (iem.cookies, iem.logins) == ([None, None], [])
