"""The entrance: who is let in, and with whose credentials the upstreams are asked."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from facade.access.connect import Access, Issuer, Trust, accessed
from facade.access.entrance import Entrance, permit
from facade.access.own import Account
from facade.caller import Basic, Caller, Limits, Own, Token
from facade.errors import Code, ConfigError, FacadeError, Reason
from tests.access import issuer
from tests.access.files import HEADERS, KEY, billing, callers
from tests.access.issuer import key_set, token

pytestmark = pytest.mark.anyio

LIMITS = Limits(default_timeout=30.0, max_timeout=120.0)
ACCOUNT = Account("FACADE_IEM_USER", "own@example.com", lambda: "canary")
OWN = Own("Basic " + b64encode(b"own@example.com:canary").decode())
THEIRS = "Basic " + b64encode(b"a:b").decode()
WAYS = 'jwt_subject = "billing@clients"\ncertificate = ["billing.internal", "billing.old"]\n'
OTHER = '[caller.other]\ncertificate = "other.internal"\noperations = ["TicketService/*"]\n'


async def no_fetch(_url: str) -> bytes:
    raise AssertionError("there is no URL")


@asynccontextmanager
async def access(
    folder: Path, *, iem: Account | None = None, bpm: Account | None = None, tokens: bool = True
) -> AsyncIterator[Entrance]:
    async with accessing(folder, iem=iem, bpm=bpm, tokens=tokens) as made:
        assert made.entrance is not None
        yield made.entrance


@asynccontextmanager
async def accessing(
    folder: Path, *, iem: Account | None = None, bpm: Account | None = None, tokens: bool = True
) -> AsyncIterator[Access]:
    keys = folder / "keys.json"
    keys.write_text(key_set())
    file = callers(folder, billing(more=(WAYS if tokens else "") + OTHER))
    trusted = Issuer(issuer.NAME, issuer.AUDIENCE, str(keys)) if tokens else None
    async with accessed(Trust(file, trusted, iem, bpm), no_fetch) as made:
        yield made


async def entering(
    made: Entrance, headers: Mapping[str, str | Sequence[str]], names: Sequence[str] = (), asked: float | None = None
) -> Caller:
    values = {name: [value] if isinstance(value, str) else value for name, value in headers.items()}
    return await made.caller(values, asked, LIMITS, "r-1", names)


GOOD: dict[str, tuple[dict[str, Any], Sequence[str], str]] = {
    "an API key": (HEADERS, (), "billing"),
    "a token": ({"authorization": f"Bearer {token()}"}, (), "billing"),
    "a token in other letters": ({"authorization": f" bEARER  {token()} "}, (), "billing"),
    "a certificate": ({}, ["x", "billing.internal"], "billing"),
    "a certificate of two names": ({}, ["billing.old", "billing.internal"], "billing"),
    "another certificate": ({}, ["other.internal"], "other"),
    "an API key over another's certificate": (HEADERS, ["other.internal"], "billing"),
    "cookies beside it": (HEADERS | {"cookie": "access_token=a; access_token=b"}, (), "billing"),
}


@pytest.mark.parametrize(("headers", "names", "name"), GOOD.values(), ids=GOOD)
async def test_a_caller_is_known_by_what_it_shows(
    headers: dict[str, Any], names: Sequence[str], name: str, tmp_path: Path
) -> None:
    async with access(tmp_path) as made:
        caller = await entering(made, headers, names)

    assert caller.known is not None
    assert caller.known.name == name
    assert (caller.iem, caller.bpm) == (None, None), "what is the facade's is not passed on"


BAD: dict[str, tuple[dict[str, Any], Sequence[str]]] = {
    "nothing": ({}, ()),
    "a cookie": ({"cookie": f"access_token={token()}"}, ()),
    "upstream's credentials alone": ({"x-bpm-authorization": THEIRS, "x-iem-authorization": THEIRS}, ()),
    "another key": ({"x-api-key": KEY + "x"}, ()),
    "an empty key": ({"x-api-key": ""}, ()),
    "two keys": ({"x-api-key": [KEY, KEY]}, ()),
    "Basic": ({"authorization": THEIRS}, ()),
    "the key as a token": ({"authorization": f"Bearer {KEY}"}, ()),
    "another's token": ({"authorization": f"Bearer {token('nobody')}"}, ()),
    "a token for others": ({"authorization": f"Bearer {token(aud='other')}"}, ()),
    "two tokens": ({"authorization": [f"Bearer {token()}"] * 2}, ()),
    "a key and a token": (HEADERS | {"authorization": f"Bearer {token()}"}, ()),
    "a wrong key over a certificate": ({"x-api-key": "x"}, ["billing.internal"]),
    "a certificate of nobody's": ({}, ["x"]),
    "a certificate of two callers": ({}, ["billing.internal", "other.internal"]),
}


@pytest.mark.parametrize(("headers", "names"), BAD.values(), ids=BAD)
async def test_nobody_else_is_let_in(headers: dict[str, Any], names: Sequence[str], tmp_path: Path) -> None:
    async with access(tmp_path, iem=ACCOUNT) as made:
        with pytest.raises(FacadeError) as caught:
            await entering(made, headers, names)

    error = caught.value
    assert (error.code, error.reason, error.retryable) == (
        Code.UNAUTHENTICATED,
        Reason.CALLER_NOT_AUTHENTICATED,
        False,
    )
    assert KEY not in error.message


@pytest.mark.case("A10")
async def test_a_wrong_key_a_wrong_token_and_a_strange_subject_are_told_alike(tmp_path: Path) -> None:
    told = set()
    async with access(tmp_path) as made:
        for headers in (
            {"x-api-key": "x"},
            {"authorization": "Bearer x.y.z"},
            {"authorization": f"Bearer {token('nobody')}"},
            {"authorization": f"Bearer {token(exp=1)}"},
        ):
            with pytest.raises(FacadeError) as caught:
                await entering(made, headers)
            told.add(caught.value.message)
    assert len(told) == 1


async def test_tokens_are_not_asked_for_where_none_can_be_checked(tmp_path: Path) -> None:
    async with access(tmp_path, tokens=False) as made:
        with pytest.raises(FacadeError, match=r"Send x-api-key\.$"):
            await entering(made, {})
        with pytest.raises(FacadeError, match=r"not of a kind that is taken here: send x-api-key\.$"):
            await entering(made, {"authorization": f"Bearer {token()}"})


async def test_where_the_facade_has_an_account_it_is_sent(tmp_path: Path) -> None:
    async with access(tmp_path, iem=ACCOUNT, bpm=ACCOUNT) as made:
        caller = await entering(made, HEADERS, asked=1.0)

    assert (caller.iem, caller.bpm) == (OWN, OWN)
    assert isinstance(caller.iem, Own)
    assert caller.until(0.0).known is caller.known
    assert 0 < caller.remaining() <= 1.0
    assert "canary" not in repr(caller) + repr(made.__dict__)


async def test_where_it_has_none_the_caller_s_own_are_passed_on(tmp_path: Path) -> None:
    headers = HEADERS | {"x-bpm-authorization": THEIRS}
    async with access(tmp_path, iem=ACCOUNT) as made:
        caller = await entering(made, headers)
        assert (caller.iem, caller.bpm) == (OWN, Basic(THEIRS))
    async with access(tmp_path) as made:
        caller = await entering(made, headers | {"x-iem-authorization": "Bearer abc"})
        assert (caller.iem, caller.bpm) == (Token("abc"), Basic(THEIRS))
        with pytest.raises(FacadeError) as caught:
            await entering(made, HEADERS | {"x-iem-authorization": "Digest x"})
        assert caught.value.reason is Reason.INVALID_CREDENTIALS


@pytest.mark.parametrize("name", ["x-iem-authorization", "x-bpm-authorization"])
async def test_credentials_that_would_be_ignored_are_refused(name: str, tmp_path: Path) -> None:
    async with access(tmp_path, iem=ACCOUNT, bpm=ACCOUNT) as made:
        with pytest.raises(FacadeError) as caught:
            await entering(made, HEADERS | {name: THEIRS})

    assert (caught.value.code, caught.value.reason) == (Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST)
    assert [each.field for each in caught.value.violations] == [name]


async def test_a_caller_may_call_what_its_patterns_say(tmp_path: Path) -> None:
    async with access(tmp_path) as made:
        caller = await entering(made, {}, ["other.internal"])

    permit(caller, ["TicketService/UpdateTicket", "TicketService/UpdateTickets"])
    with pytest.raises(FacadeError) as caught:
        permit(caller, ["TicketService/UpdateTicket", "TokenService/GenerateToken"])
    assert (caught.value.code, caught.value.reason) == (Code.PERMISSION_DENIED, Reason.OPERATION_NOT_ALLOWED)
    assert caught.value.message == "other may not call TokenService/GenerateToken."


async def test_all_files_can_be_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    password = tmp_path / "password"
    password.write_text("old")
    account = Account("FACADE_BPM_USER", "own@example.com", password.read_text, (str(password),))
    async with accessing(tmp_path, bpm=account) as found:
        made = found.entrance
        assert made is not None
        before = await entering(made, HEADERS)
        files = sorted(Path(file).name for each in found.kept for file in each.files)
        assert files == ["callers.toml", "keys.json", "password"]

        callers(tmp_path, billing('["TicketService/*"]'))
        password.write_text("new")
        for each in found.kept:
            each.renew(anyway=True)
        after = await entering(made, HEADERS)
        assert before.known is not None
        assert after.known is not None
        assert len(before.known.operations) > len(after.known.operations) == 2
        assert before.bpm != after.bpm
        assert caplog.records == []

        callers(tmp_path, 'secret = "canary"')
        password.write_text("canary\x00")
        for each in found.kept:
            each.renew(anyway=True)
        assert [record.__dict__["what"] for record in caplog.records] == ["who may call", "own accounts"]
        assert "canary" not in str([record.__dict__ for record in caplog.records])
        kept = await entering(made, HEADERS)
        assert (kept.known, kept.bpm) == (after.known, after.bpm)


@pytest.mark.case("J09")
async def test_an_account_that_basic_cannot_carry_stops_the_start(tmp_path: Path) -> None:
    wrong = Account("FACADE_IEM_USER", "a:b", lambda: "canary")
    with pytest.raises(ConfigError, match=r"^FACADE_IEM_USER: email: must not contain a colon"):
        async with access(tmp_path, iem=wrong):
            pass


@pytest.mark.case("J09")
async def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^FACADE_CALLERS: cannot read .*missing: No such file"):
        async with accessed(Trust(str(tmp_path / "missing"), None, None, None), no_fetch):
            pass
