"""What `facade check` finds at each upstream."""

from pathlib import Path
from typing import Any

import pytest

from facade import sandbox
from facade.check import Finding, findings
from tests.access.files import OWN, billing, callers
from tests.access.issuer import key_set, public
from tests.support import set_faults, settings_for
from tests.upstreams.tls import AUTHORITY, speaking
from tests.upstreams.wire import always, answer, serving

pytestmark = pytest.mark.anyio

ORDER = ["token", "publish", "integration", "bpm"]
PATHS = {
    "token": "/api/v1/user/token",
    "publish": "/publish/*",
    "integration": "/gbp/*",
    "bpm": "/bpm/*",
}
HTML = {"status": 200, "headers": {"content-type": "text/html"}, "body": "<html>canary-7f3a: log in</html>"}


async def found(url: str, name: str, **changes: Any) -> Finding:
    """What was found at the upstream `name`; all others are well."""
    every = await findings(settings_for(url, **changes))
    assert [each.setting for each in every] == [f"FACADE_{name.upper()}_URL" for name in ORDER]
    others = [each for each in every if each.setting != f"FACADE_{name.upper()}_URL"]
    assert [each.text for each in others if not each.well] == []
    return every[ORDER.index(name)]


@pytest.mark.parametrize("name", ORDER)
async def test_an_upstream_that_is_there_is_well(name: str, upstream: sandbox.Running) -> None:
    finding = await found(upstream.url, name)
    said = "answers that it is running" if name == "publish" else "answers and asks for credentials"
    assert (finding.well, finding.text) == (True, f"{upstream.url} {said}")


async def test_no_upstream_is_sent_credentials_or_asked_to_change_anything(upstream: sandbox.Running) -> None:
    await findings(settings_for(upstream.url))
    entries = upstream.state.log.entries()
    assert len(entries) == 4
    assert [entry.path for entry in entries if {"authorization", "cookie"} & entry.headers.keys()] == []
    assert len(upstream.state.roster) == 250


@pytest.mark.parametrize("name", ORDER)
async def test_an_upstream_that_is_not_configured_is_well(name: str, upstream: sandbox.Running) -> None:
    finding = await found(upstream.url, name, **{f"{name}_url": None})
    assert (finding.well, finding.text) == (True, "not configured: its operations are switched off")


@pytest.mark.parametrize("name", ORDER)
async def test_an_upstream_that_cannot_be_reached_is_wrong(name: str, upstream: sandbox.Running) -> None:
    async with sandbox.running() as gone:
        pass
    finding = await found(upstream.url, name, **{f"{name}_url": gone.url})
    said = "The upstream cannot be reached. [UNAVAILABLE UPSTREAM_UNREACHABLE]"
    assert (finding.well, finding.text) == (False, f"{gone.url}: {said}")


@pytest.mark.parametrize("name", ORDER)
async def test_an_upstream_that_answers_html_is_wrong(name: str, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": PATHS[name], **HTML})
    finding = await found(upstream.url, name)
    assert finding.well is False
    assert "(HTTP 200) [INTERNAL UPSTREAM_MALFORMED_RESPONSE]" in finding.text
    assert "canary" not in finding.text


@pytest.mark.parametrize("name", ORDER)
async def test_an_upstream_without_the_path_is_wrong(name: str, upstream: sandbox.Running) -> None:
    finding = await found(upstream.url, name, **{f"{name}_url": f"{upstream.url}/nowhere"})
    assert finding.well is False
    assert "(HTTP 404) [UNIMPLEMENTED UPSTREAM_MISCONFIGURED]" in finding.text


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("token", {"data": {"access_token": "canary-7f3a"}}),
        ("integration", {"message": "Success"}),
        ("bpm", {"beginIndex": 0, "endIndex": 0, "totalUsers": 0, "users": []}),
    ],
)
async def test_an_upstream_that_serves_strangers_is_wrong(
    name: str, answer: dict[str, Any], upstream: sandbox.Running
) -> None:
    await set_faults(upstream.url, {"path": PATHS[name], "status": 200, "body": answer})
    finding = await found(upstream.url, name)
    assert (finding.well, finding.text) == (False, f"{upstream.url} answers without asking for credentials")


async def test_a_publish_api_whose_health_needs_credentials_is_wrong(upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": PATHS["publish"], "status": 401, "body": {}})
    finding = await found(upstream.url, "publish")
    assert finding.well is False
    assert "(HTTP 401) [UNAUTHENTICATED INVALID_CREDENTIALS]" in finding.text


async def test_the_largest_answer_of_the_settings_holds_here_too(upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": PATHS["publish"], "status": 200, "body": "x" * 2000})
    finding = await found(upstream.url, "publish", max_answer_bytes=1000)
    assert finding.well is False
    assert "UPSTREAM_MALFORMED_RESPONSE" in finding.text


async def test_https_is_trusted_as_the_settings_say(upstream: sandbox.Running, tmp_path: Path) -> None:
    async with serving(always(answer(status=b"401 Unauthorized")), speaking()) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        finding = await found(upstream.url, "bpm", bpm_url=url)
        said = f"{url}: The upstream cannot be reached. [UNAVAILABLE UPSTREAM_UNREACHABLE]"
        assert (finding.well, finding.text) == (False, said)
        finding = await found(upstream.url, "bpm", bpm_url=url, upstream_ca=AUTHORITY.write(tmp_path))
        assert (finding.well, finding.text) == (True, f"{url} answers and asks for credentials")


async def own(url: str, folder: Path, **changes: Any) -> list[Finding]:
    """What was found beside the upstreams."""
    return (await findings(settings_for(url, callers=callers(folder, billing()), **(OWN | changes))))[len(ORDER) :]


async def test_accounts_of_the_facades_own_are_tried_and_nothing_is_changed(
    upstream: sandbox.Running, tmp_path: Path
) -> None:
    assert await own(upstream.url, tmp_path) == [
        Finding("FACADE_IEM_USER", True, "api@example.com is let in"),
        Finding("FACADE_BPM_USER", True, "api@example.com is let in"),
    ]
    shown = [each.path for each in upstream.state.log.entries() if {"authorization", "cookie"} & each.headers.keys()]
    assert len(shown) == 2
    assert shown[0].endswith("/token")
    assert len(upstream.state.roster) == 250


REFUSED: list[tuple[dict[str, str], str, str]] = [
    ({"iem_password": "canary-7f3a"}, "FACADE_IEM_USER", "INVALID_CREDENTIALS"),
    ({"bpm_password": "canary-7f3a"}, "FACADE_BPM_USER", "INVALID_CREDENTIALS"),
    ({"bpm_user": "user@example.com"}, "FACADE_BPM_USER", "NOT_ADMINISTRATOR"),
]


@pytest.mark.parametrize(("changes", "setting", "why"), REFUSED)
async def test_an_account_that_an_upstream_refuses_is_wrong_and_its_password_not_shown(
    changes: dict[str, str], setting: str, why: str, upstream: sandbox.Running, tmp_path: Path
) -> None:
    found = await own(upstream.url, tmp_path, **changes)
    (wrong,) = [each for each in found if not each.well]
    assert wrong.setting == setting
    assert f"The upstream refuses the facade's own account ({why})." in wrong.text
    assert wrong.text.endswith("[INTERNAL UPSTREAM_CREDENTIALS_REJECTED]")
    assert "canary" not in str(found)
    assert len(upstream.state.log.entries()) == len(ORDER) + 2, "each password is sent once"


async def test_an_account_that_nothing_can_be_asked_with_is_not_tried(
    upstream: sandbox.Running, tmp_path: Path
) -> None:
    assert await own(upstream.url, tmp_path, token_url=None, publish_url=None, bpm_url=None) == [
        Finding(
            "FACADE_IEM_USER",
            True,
            "api@example.com was not tried: without FACADE_TOKEN_URL nothing could only be read",
        ),
        Finding("FACADE_BPM_USER", True, "api@example.com was not tried: FACADE_BPM_URL is not configured"),
    ]


KEYS = {
    "keys": (answer(key_set(public()).encode()), True, "{} has 1 key to check tokens with"),
    "something else": (answer(b"<html>canary-7f3a</html>"), False, "{} is not a JSON Web Key Set"),
    "an error": (answer(status=b"500 Internal Server Error"), False, "{} answers with HTTP status 500"),
}


@pytest.mark.parametrize(("written", "well", "text"), KEYS.values(), ids=KEYS)
async def test_keys_of_tokens_at_a_url_are_looked_at(
    written: bytes, well: bool, text: str, upstream: sandbox.Running, tmp_path: Path
) -> None:
    async with serving(always(written)) as site:
        url = f"{site.url}/keys"
        tokens = {"jwt_issuer": "https://issuer.example", "jwt_audience": "facade", "jwt_keys": url}
        found = await own(upstream.url, tmp_path, **tokens)
    assert found[0] == Finding("FACADE_JWT_KEYS", well, text.format(url))
    assert len(found) == 3
