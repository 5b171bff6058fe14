"""Nothing of one caller is ever in another caller's request."""

import asyncio
from hashlib import sha256

import pytest

from facade import sandbox
from tests.faces.client import Face, Failure
from tests.faces.stack import FACES, standing
from tests.support import basic, set_faults

pytestmark = pytest.mark.anyio

ROUNDS = 625  # of four requests for each of two callers: 5,000
AT_ONCE = 4  # of each caller; httpx, the client here, slows down with more
COOKIES = ["access_token=planted; Path=/", "session=planted; Path=/"]


def digest(value: str) -> str:
    """How the sandbox's log shows a secret."""
    return f"sha256:{sha256(value.encode()).hexdigest()[:16]}"


@pytest.mark.case("A02", "E07")
@pytest.mark.parametrize("name", FACES)
async def test_two_callers_interleaved_keep_their_own_credentials_while_every_answer_sets_cookies(name: str) -> None:
    customers = frozenset({"C-100"})
    second = sandbox.Account("second@example.com", "Second", "sandbox", administrator=True, customers=customers)
    async with standing(name, options=sandbox.Options(accounts=(second,))) as stack:
        await set_faults(stack.upstream.url, {"path": "*", "headers": {"Set-Cookie": COOKIES}})
        callers = {email: basic(email) for email in ("api@example.com", "second@example.com")}

        async def work(email: str, rounds: int) -> None:
            for _ in range(rounds):
                await stack.face.call("PublishEvent", {"event": {"entity": email}}, callers[email])
                ticket = {"customer_id": "C-100", "sys_id": email, "state": 4}
                await stack.face.call("UpdateTicket", {"update": ticket}, callers[email])
                await stack.face.call("GetUser", {"mail": "api@example.com"}, callers[email] | {"x-request-id": email})
                with pytest.raises(Failure):
                    await stack.face.call("PublishEvent", {"event": {"entity": "stray"}}, {})

        share = ROUNDS // AT_ONCE
        shares = [share] * (AT_ONCE - 1) + [ROUNDS - share * (AT_ONCE - 1)]
        await asyncio.gather(*(work(email, share) for email in callers for share in shares))

        check(stack.upstream, callers)


def check(upstream: sandbox.Running, callers: dict[str, dict[str, str]]) -> None:
    """Each request that arrived carries the credentials of the caller that it names, and no others."""
    issued = {email: upstream.state.sessions.tokens_of(email)[-1] for email in callers}
    seen = 0
    for entry in upstream.state.log.entries():
        if entry.path.startswith("/api/"):
            continue
        seen += 1
        email = next(email for email in callers if email in entry.body or email in entry.headers["x-request-id"])
        if entry.path.startswith("/publish/"):
            expected = {"cookie": digest(f"access_token={issued[email]}")}
        else:
            expected = {"authorization": digest(callers[email]["authorization"])}
        carried = {name: value for name, value in entry.headers.items() if name in {"cookie", "authorization"}}
        assert carried == expected
    assert seen == ROUNDS * 2 * 3
    assert len(upstream.state.log.entries("/api/*")) == len(callers)


@pytest.mark.case("A02")
async def test_a_cookie_that_an_upstream_sets_on_a_refusal_is_forgotten(face: Face, upstream: sandbox.Running) -> None:
    await set_faults(
        upstream.url,
        {"path": "/publish/allevents", "status": 500, "headers": {"Set-Cookie": COOKIES}, "times": 1},
        {"path": "/publish/metrics", "status": 302, "headers": {"Set-Cookie": COOKIES, "Location": "/"}, "times": 1},
    )
    for _ in range(2):
        with pytest.raises(Failure):
            await face.call("PublishEvent", {"event": {"entity": "x"}}, {"authorization": "Bearer mine"})

    cookies = [entry.headers["cookie"] for entry in upstream.state.log.entries("/publish/*")]
    assert cookies == [digest("access_token=mine")] * 2
