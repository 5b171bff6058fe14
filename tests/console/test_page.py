"""The console over HTTP: who gets it, and what is in it."""

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from facade import sandbox
from facade.access.operations import OPERATIONS
from facade.errors import Code, Reason
from facade.server import Running, running
from tests.access.files import billing, callers, digest
from tests.console.watching import events, watching
from tests.support import settings_for

pytestmark = pytest.mark.anyio

SECRET = "canary-of-the-console"


async def get(facade: Running, path: str, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(base_url=facade.http) as client:
        return await client.get(path, headers=sent)


class Seen(HTMLParser):
    """What a page names: its identifiers, what it refers to, and scripts and styles that stand in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.ids += [told["id"]] if told.get("id") else []  # type: ignore[list-item]  # it is there
        self.links += [value for name in ("href", "src") if (value := told.get(name))]
        if tag == "style" or "style" in told or any(name.startswith("on") for name in told):
            self.inline.append(tag)
        if tag == "script" and "src" not in told:
            self.inline.append(tag)


async def test_it_is_a_sealed_page_of_its_own(facade: Running) -> None:
    answer = await get(facade, "/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert re.findall(r"https?:", policy) == []
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"


async def test_all_that_it_refers_to_is_here(facade: Running) -> None:
    seen = Seen((await get(facade, "/")).text)
    assert seen.inline == []
    assert len(seen.ids) == len(set(seen.ids))
    for link in seen.links:
        if link.startswith("#"):
            assert link[1:] in seen.ids
        else:
            assert not re.match(r"[a-z]+:|/", link)
            answer = await get(facade, f"/{link}", accept="text/html")
            assert answer.status_code == 200, link
            assert answer.headers.get("x-content-type-options") or link in {
                "schema.graphql",
                "descriptor.binpb",
                "metrics",
                "readyz",
            }


async def test_it_lists_every_operation_code_and_reason(facade: Running) -> None:
    text = (await get(facade, "/")).text
    assert [name for name in OPERATIONS if f"facade.v1.{name}" not in text] == []
    assert [name for name in (*Reason, *Code) if name not in text] == []


async def test_it_is_sent_again_only_where_it_has_changed(facade: Running) -> None:
    first = await get(facade, "/", accept_encoding="gzip")
    assert first.headers["content-encoding"] == "gzip"
    second = await get(facade, "/", if_none_match=first.headers["etag"])
    assert (second.status_code, second.content) == (304, b"")


async def test_in_production_it_is_not_there(upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url, mode="production")) as facade:
        for path in ("/", "/console/console.js", "/console/events"):
            assert (await get(facade, path)).status_code == 404
        assert (await get(facade, "/graphql", accept="text/html")).status_code != 200


async def test_in_production_it_can_be_switched_on_and_says_what_is_off(upstream: sandbox.Running) -> None:
    changes = {"mode": "production", "console": True, "metrics": False}
    async with running(settings_for(upstream.url, bpm_url=None, **changes)) as facade:
        text = (await get(facade, "/")).text
    assert "FACADE_METRICS" in text
    assert "FACADE_INTROSPECTION" in text
    assert 'href="schema.graphql"' not in text
    assert 'href="graphql"' not in text
    assert "not configured: its operations are off" in text


async def test_it_is_for_the_names_of_the_site_alone(upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url, trusted_hosts="console.example.com")) as facade:
        for path in ("/", "/console/console.css", "/console/events", "/graphql", "/graphql/ide/8.5.9/facade/start.js"):
            answer = await get(facade, path, host="canary.example.net", accept="text/html")
            assert answer.status_code == 421, path
        assert (await get(facade, "/", host="console.example.com")).status_code == 200
        async with watching(facade, host="console.example.com") as answer:
            assert answer.status_code == 200


async def test_nothing_secret_is_on_it(upstream: sandbox.Running, tmp_path: Path) -> None:
    changes = {"callers": callers(tmp_path, billing()), "iem_user": "service@example.com", "iem_password": SECRET}
    async with running(settings_for(upstream.url, **changes)) as facade:
        text = (await get(facade, "/")).text
        async with watching(facade) as answer:
            _, told = await anext(events(answer))
    shown = f"{text}{told}"
    assert [word for word in (SECRET, digest(), "billing", "service@example.com") if word in shown] == []
    assert "x-api-key: $FACADE_API_KEY" in text


@pytest.mark.parametrize("path", ["/console/none.js", "/console/..%2f__init__.py", "/console/../page.py"])
async def test_only_its_own_files_are_served(path: str, facade: Running) -> None:
    assert (await get(facade, path)).status_code == 404
