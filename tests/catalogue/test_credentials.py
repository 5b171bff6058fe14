"""Whose credentials reach an upstream, as bytes; and what becomes of a login that several wait for."""

import asyncio
from base64 import b64encode
from contextlib import nullcontext, suppress
from hashlib import sha256
from typing import Any

import pytest

from facade import sandbox
from tests.catalogue import canary
from tests.catalogue.stand import standing, unharmed
from tests.catalogue.troubles import delayed
from tests.faces.client import Face, Failure
from tests.faces.stack import FACES
from tests.faces.stack import standing as stack_of
from tests.support import basic, set_faults, until

LOGIN = "/api/v1/user/token"
EVENT = ("PublishEvent", {"event": {"entity": "written"}})


def digest(value: str) -> str:
    """How the sandbox's log shows a secret."""
    return f"sha256:{sha256(value.encode()).hexdigest()[:16]}"


@pytest.mark.case("A02", "E07")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("status", [None, 302, 400, 401, 404, 500, 503], ids=str)
async def test_a_cookie_that_an_upstream_sets_is_in_no_later_request(name: str, status: int | None) -> None:
    """Of this caller or another; and it causes no login. None: on the answers that there are anyhow."""
    async with standing() as stand, unharmed(stand):
        fault: dict[str, Any] = {"path": "*", "headers": {"Set-Cookie": list(canary.COOKIES), "Location": "/"}}
        if status is not None:
            fault |= {"path": "/[pbg]*", "status": status, "times": 3}  # Publish, BPM and Integration
        await set_faults(stand.upstream.url, fault)
        stand.upstream.state.log.clear()
        for headers in (canary.HEADERS, basic()) * 3:
            for operation, arguments in (
                EVENT,
                ("UpdateTicket", {"update": {"customer_id": "C-100", "sys_id": "s", "state": 4}}),
                ("GetUser", {"mail": "api@example.com"}),
            ):
                with suppress(Failure) if status else nullcontext():
                    await stand.faces[name].call(operation, arguments, headers)
        await set_faults(stand.upstream.url)

        sessions = stand.upstream.state.sessions
        own = {digest(f"access_token={token}") for email in (canary.EMAIL, "api@example.com")
               for token in sessions.tokens_of(email)}  # fmt: skip
        entries = stand.upstream.state.log.entries()
        assert {entry.headers["cookie"] for entry in entries if "cookie" in entry.headers} <= own
        assert len(stand.upstream.state.log.entries("/api/*")) == 1  # the other caller's: the planted one has a session


@pytest.mark.case("A07")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("way", ["cancelled", "out of time"])
async def test_the_first_of_those_who_wait_for_a_login_may_leave(name: str, way: str) -> None:
    async with standing() as stand, unharmed(stand, 11):
        stand.upstream.state.sessions.revoke()
        stand.upstream.state.log.clear()
        stand.proxy.meet(delayed(1.0), path=LOGIN, times=1)
        timeout = 0.4 if way == "out of time" else None
        first = asyncio.create_task(stand.call(name, *EVENT, timeout))
        await until(lambda: stand.proxy.met == 1)
        others = [asyncio.create_task(stand.call(name, *EVENT)) for _ in range(10)]
        if way == "cancelled":
            await asyncio.sleep(0.05)  # the catalogue's time
            first.cancel()
        with pytest.raises((asyncio.CancelledError, Failure)):
            await first

        for answer in await asyncio.gather(*others):
            assert answer["message"] == "Data published successfully"
        assert 1 <= len(stand.upstream.state.log.entries("/api/*")) <= 2
        done = [entry for entry in stand.upstream.state.log.entries("/publish/*") if entry.status == 200]
        assert len(done) == 10


ODD = {
    "an address in UTF-8": ("jürgen@example.com", "päss wörd ✓"),
    "colons in the password": ("colons@example.com", "a:b::c:"),
    "a long password": ("long@example.com", "p" * 3000),
}


@pytest.mark.case("A08")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize(("email", "password"), ODD.values(), ids=ODD.keys())
async def test_odd_credentials_arrive_as_the_bytes_that_they_are(name: str, email: str, password: str) -> None:
    account = sandbox.Account(email, "Odd", password, administrator=True, customers=frozenset({"C-100"}))
    header = "Basic " + b64encode(f"{email}:{password}".encode()).decode()
    async with stack_of(name, options=sandbox.Options(accounts=(account,))) as stack:
        await stack.face.call("GetUser", {"mail": "api@example.com"}, {"authorization": header})
        await stack.face.call(*EVENT, {"authorization": header})
        token = await stack.face.call("GenerateToken", {"email": email, "password": password}, {})

        assert token["token"]["email"] == email
        sent = [entry.headers.get("authorization") for entry in stack.upstream.state.log.entries("/[ab]*")]
        assert sent == [digest(header)] * 3


@pytest.mark.case("A08")
@pytest.mark.parametrize("name", FACES)
async def test_a_password_of_ten_kilobytes_is_taken_or_refused_as_the_callers(name: str) -> None:
    """As fields of a request; as a header it is more than gRPC takes, and that is the caller's fault, too."""
    account = sandbox.Account("huge@example.com", "Huge", "p" * 10_240, administrator=True)
    header = "Basic " + b64encode(b"huge@example.com:" + b"p" * 10_240).decode()
    async with stack_of(name, options=sandbox.Options(accounts=(account,))) as stack:
        token = await stack.face.call("GenerateToken", {"email": account.email, "password": account.password}, {})
        assert token["token"]["email"] == account.email

        try:
            await stack.face.call("GetUser", {"mail": "api@example.com"}, {"authorization": header})
        except Failure as failure:
            assert failure.code in {"RESOURCE_EXHAUSTED", "UNAUTHENTICATED", "INVALID_ARGUMENT"}  # noqa: PT017


@pytest.mark.case("A08")
async def test_what_basic_cannot_carry_is_the_callers_fault_and_is_not_sent(
    face: Face, upstream: sandbox.Running
) -> None:
    for arguments, field in (
        ({"email": "a:b@example.com", "password": "x"}, "email"),
        ({"email": "", "password": "x"}, "email"),
        ({"email": "a@example.com", "password": ""}, "password"),
        ({"email": "a@example.com", "password": "x\r\ny: z"}, "password"),
    ):
        with pytest.raises(Failure, match="INVALID_ARGUMENT INVALID_REQUEST") as caught:
            await face.call("GenerateToken", arguments, {})
        assert list(caught.value.violations) == [field]
        assert "HTTP 5" not in caught.value.received
    for text in (b":x", b"nobody", b"a@example.com:x\n"):
        with pytest.raises(Failure, match="UNAUTHENTICATED INVALID_CREDENTIALS") as caught:
            await face.call(*EVENT, {"authorization": "Basic " + b64encode(text).decode()})
        assert "HTTP 5" not in caught.value.received

    assert not upstream.state.log.entries()


@pytest.mark.case("A08")
async def test_an_empty_password_is_a_wrong_one(face: Face, upstream: sandbox.Running) -> None:
    with pytest.raises(Failure, match="UNAUTHENTICATED INVALID_CREDENTIALS"):
        await face.call(*EVENT, basic(password=""))

    assert len(upstream.state.log.entries()) == 1
