"""Tokens of callers: which are good, and how their keys are kept."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from facade.access import tokens as module
from facade.access.keys import KeyFile, Keys, KeyUrl
from facade.access.tokens import Tokens
from facade.errors import Code, ConfigError, FacadeError, Reason
from tests.access import issuer
from tests.access.issuer import key_set, public, token
from tests.support import until

pytestmark = pytest.mark.anyio
SETTING = "FACADE_JWT_KEYS"


def tokens(keys: Keys) -> Tokens:
    return Tokens(issuer.NAME, issuer.AUDIENCE, keys)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(key_set())
    return path


def replace(file: Path, content: str) -> None:
    file.write_text(content)


@pytest.mark.parametrize("algorithm", issuer.PRIVATE)
async def test_a_good_token_has_a_subject(algorithm: str, file: Path) -> None:
    checked = tokens(KeyFile(SETTING, str(file)))

    assert await checked.subject(token(algorithm=algorithm)) == "billing@clients"
    assert await checked.subject(token("other", algorithm, aud=["a", "facade"], nbf=int(time.time()))) == "other"


NOW = int(time.time())
GOOD = token()
BAD: dict[str, str] = {
    "nothing": "",
    "no token": "x",
    "two parts": "a.b",
    "foreign letters": "ä.ö.ü",
    "half a character": "\udc80",
    "a deep header": jwt.utils.base64url_encode(b"[" * 50_000).decode() + ".e30.e30",
    "changed": GOOD[:-8] + ("A" if GOOD[-8] != "A" else "B") + GOOD[-7:],
    "cut short": GOOD.rpartition(".")[0] + ".",
    "expired": token(exp=NOW - 60),
    "not yet good": token(nbf=NOW + 3600),
    "no end": token(exp=None),
    "an end that is no number": token(exp="soon"),
    "another issuer": token(iss="https://other.example"),
    "no issuer": token(iss=None),
    "another audience": token(aud="other"),
    "no audience": token(aud=None),
    "no subject": token(None),
    "no algorithm": jwt.encode({"sub": "x"}, "", "none"),
    "the public key as a secret": jwt.encode({"sub": "x"}, "x" * 64, "HS256", {"kid": "ES256"}),
    "another key's id": token(kid="RS256"),
    "another algorithm for the key": token(algorithm="PS256", kid="RS256", key=issuer.PRIVATE["RS256"]),
    "an id of nobody's": token(kid="x"),
    "no id where there are several": token(kid=None),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_a_bad_token_has_none(bad: str, file: Path) -> None:
    assert await tokens(KeyFile(SETTING, str(file))).subject(bad) is None


async def test_a_token_without_an_id_means_the_only_key(file: Path) -> None:
    replace(file, key_set(public(kid=None)))

    assert await tokens(KeyFile(SETTING, str(file))).subject(token(kid=None)) == "billing@clients"


async def test_a_token_is_checked_once_until_it_expires(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []
    decode = jwt.decode

    def counting(text: str, *arguments: Any, **more: Any) -> Any:
        decoded.append(text)
        return decode(text, *arguments, **more)

    monkeypatch.setattr(jwt, "decode", counting)
    checked = tokens(KeyFile(SETTING, str(file)))
    for _ in range(3):
        assert await checked.subject(GOOD) == "billing@clients"
    assert len(decoded) == 1
    monkeypatch.setattr("facade.access.tokens.time.time", lambda: NOW + 1e6)
    await checked.subject(GOOD)
    assert len(decoded) == 2, "what was found holds no longer than the token"


async def test_so_many_tokens_are_remembered_and_no_more(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 3)
    checked = tokens(KeyFile(SETTING, str(file)))
    for number in range(5):
        assert await checked.subject(token(str(number))) == str(number)
    assert len(checked._known) == 3


async def test_a_key_that_is_taken_away_takes_its_tokens_with_it(file: Path) -> None:
    keys = KeyFile(SETTING, str(file))
    checked = tokens(keys)
    assert await checked.subject(GOOD)
    replace(file, key_set(public("RS256")))
    keys.renew(anyway=True)
    assert await checked.subject(GOOD) is None


async def test_a_file_that_becomes_wrong_changes_nothing(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys = KeyFile(SETTING, str(file))
    replace(file, '{"canary": ')
    keys.renew(anyway=True)
    assert [each.__dict__["why"] for each in caplog.records] == ["FACADE_JWT_KEYS: is not a JSON Web Key Set"]
    assert await tokens(keys).subject(GOOD)


SECRET = jwt.utils.base64url_encode(b"s" * 32).decode()
NO_KEYS = {
    "no JSON": "{",
    "a list": "[]",
    "no keys": "{}",
    "a text for keys": '{"keys": "x"}',
    "deep": "[" * 100_000,
    "an empty list": '{"keys": []}',
    "a secret": json.dumps({"keys": [{"kty": "oct", "k": SECRET, "kid": "a"}]}),
    "a key for encrypting": key_set(public(use="enc")),
    "broken keys": json.dumps({"keys": [{"kty": "RSA"}, 1, None, {"kty": "EC", "crv": "x"}]}),
}


@pytest.mark.case("J09")
@pytest.mark.parametrize("content", NO_KEYS.values(), ids=NO_KEYS)
def test_a_file_without_keys_stops_the_start(content: str, file: Path) -> None:
    file.write_text(content)
    with pytest.raises(ConfigError, match=r"^FACADE_JWT_KEYS: (is not a JSON Web Key Set|has no key to check)"):
        KeyFile(SETTING, str(file))


class Site:
    """A URL: what it answers, and how often it was asked."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()

    async def fetch(self, url: str) -> bytes:
        assert url == "https://issuer.example/keys"
        self.asked += 1
        await self.open.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            raise ConnectionError("it does not answer")
        return answer.encode()


def at(site: Site) -> KeyUrl:
    return KeyUrl(SETTING, "https://issuer.example/keys", site.fetch)


async def test_the_keys_of_a_url_are_there_from_the_start() -> None:
    site = Site(key_set())
    async with (keys := at(site)):
        assert await tokens(keys).subject(GOOD)
    assert site.asked == 1


async def test_a_url_is_read_again_by_and_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facade.access.keys.PERIOD", 0.001)
    site = Site(key_set(public("RS256")), None, "{", key_set())
    async with (keys := at(site)):
        checked = tokens(keys)
        await until(lambda: site.asked > 4)
        assert await checked.subject(GOOD), "two readings failed in between, and the third did not"


async def test_an_unknown_key_is_looked_for_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(key_set(public("RS256")), key_set())
    async with (keys := at(site)):
        checked = tokens(keys)
        assert await checked.subject(GOOD) is None, "they were read a moment ago"
        assert site.asked == 1
        monkeypatch.setattr(keys, "_last", time.monotonic() - 31)
        assert await checked.subject(GOOD) == "billing@clients"
        for number in range(5):
            assert await checked.subject(token(kid=str(number))) is None
    assert site.asked == 2


async def test_a_crowd_with_an_unknown_key_waits_for_one_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(key_set(public("RS256")), key_set())
    async with (keys := at(site)):
        checked = tokens(keys)
        monkeypatch.setattr(keys, "_last", time.monotonic() - 31)
        site.open.clear()
        crowd = [asyncio.create_task(checked.subject(GOOD)) for _ in range(20)]
        await until(lambda: site.asked == 2)
        crowd[0].cancel()
        site.open.set()
        found = await asyncio.gather(*crowd, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == ["billing@clients"] * 19
    assert site.asked == 2


async def test_without_any_keys_tokens_cannot_be_checked_just_now(caplog: pytest.LogCaptureFixture) -> None:
    async with (keys := at(Site(None))):
        with pytest.raises(FacadeError) as caught:
            await tokens(keys).subject(GOOD)
    assert (caught.value.code, caught.value.reason) == (Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE)
    assert caught.value.retryable
    assert "it does not answer" in caplog.records[0].__dict__["why"]


async def test_a_url_can_be_read_again_at_once() -> None:
    site = Site(key_set(public("RS256")), key_set())
    async with (keys := at(site)):
        keys.reload()
        await until(lambda: site.asked == 2)
        assert await tokens(keys).subject(GOOD)


async def test_what_is_asked_for_while_a_url_is_being_read_is_read_after_that() -> None:
    site = Site(key_set(public("RS256")), key_set(public("RS256")), key_set())
    async with (keys := at(site)):
        site.open.clear()
        keys.reload()
        await until(lambda: site.asked == 2)
        for _ in range(5):
            keys.reload()
        site.open.set()
        await until(lambda: site.asked == 3)
        await until(lambda: keys._reading is None)
        assert await tokens(keys).subject(GOOD)
    assert site.asked == 3, "and once for all who asked"
