"""The console in a browser that reaches nothing but the facade: what it shows, to whom, and how it looks."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from facade import sandbox
from facade.console import sampler
from facade.server import Running, running
from tests.browser.conftest import PICTURES
from tests.browser.page import Page
from tests.faces.client import Failure
from tests.faces.graphql import GraphqlFace
from tests.faces.rpc import GrpcFace
from tests.support import settings_for

pytestmark = pytest.mark.anyio

CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
INTERACTIVE = {"button", "link", "radio", "searchbox", "textbox", "region", "image", "navigation", "group"}
NAMELESS = {"group"}  # <details> and <fieldset> without a word are no group of anything, and Chromium says so
SMALLEST = 320  # pixels: what a page must fit into without scrolling both ways (WCAG 2.2, 1.4.10)


@pytest.fixture
async def watched(upstream: sandbox.Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """A facade that looks at its metrics a few times a second."""
    monkeypatch.setattr(sampler.Sampler.__init__, "__defaults__", (0.2,))
    async with running(settings_for(upstream.url)) as facade:
        yield facade


async def call(facade: Running, times: int = 1) -> None:
    """Calls that are answered, over both faces, and one that fails."""
    async with GrpcFace(facade.grpc) as grpc, GraphqlFace(facade.http) as graphql:
        for _ in range(times):
            await grpc.call("ListUsers", {"page_size": 3})
            await grpc.call("PublishMetric", {"metric": {"fields": {"cpu": 97}}})
            await graphql.call("GetUser", {"mail": "api@example.com"})
            await graphql.call("UpdateTicket", {"update": {"customer_id": "C-100", "sys_id": "1", "state": 4}})
        with pytest.raises(Failure):
            await graphql.call("GetUser", {"mail": "nobody@example.com"})


async def opened(facade: Running, page: Page) -> None:
    """Opens the console, and waits until it is live."""
    await page.open(f"{facade.http}/")
    await page.until("document.getElementById('live').textContent === 'live'")


def drawn(series: str) -> str:
    """Whether the chart of a series' rate has a line."""
    return f"document.querySelector('.chart[data-series={series}] path.all').getAttribute('d')?.includes('L')"


def clean(page: Page, facade: Running) -> bool:
    """Whether the page complained about nothing, and asked nobody else."""
    assert page.complaints == []
    assert page.hosts() == {facade.http.removeprefix("http://")}
    return True


async def test_it_shows_live_what_is_called(watched: Running, page: Page) -> None:
    await opened(watched, page)
    assert await page.evaluate("document.querySelector('[data-state=bpm]').textContent") == "up"
    await call(watched)
    await page.until("document.getElementById('calls').rows.length === 4")
    rows = await page.evaluate("[...document.getElementById('calls').rows].map(row => row.innerText.split('\\t'))")
    told = {(face, name): (calls, failed) for face, name, calls, failed, *_ in rows}
    assert told["graphql", "user"] == ("2", "1")
    assert told["grpc", "ProvisioningService/ListUsers"] == ("1", "0")
    for series in ("all", "bpm", "publish", "integration", "token"):
        await page.until(drawn(series))
    label = "document.querySelector('.chart[data-series=all][data-kind=rate] .plot').ariaLabel"
    assert "in the last 36 s: now" in await page.evaluate(label)
    assert await page.evaluate("document.getElementById('minutes').rows.length") >= 1
    assert clean(page, watched)


async def test_it_says_when_the_facade_drains_or_is_gone(upstream: sandbox.Running, page: Page) -> None:
    async with running(settings_for(upstream.url)) as facade:
        await opened(facade, page)
    await page.until("['draining', 'connection lost, trying again …'].includes(live.textContent)")


async def test_an_operation_is_found_and_its_call_copied_with_the_keyboard_alone(watched: Running, page: Page) -> None:
    await opened(watched, page)
    await page.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "To the content"
    await page.evaluate("document.getElementById('filter').focus()")
    await page.write("getuser")
    shown = "[...document.querySelectorAll('.operation')].filter(each => each.checkVisibility())"
    assert await page.evaluate(f"{shown}.map(each => each.querySelector('.name').textContent)") == ["GetUser"]
    await page.press("Tab")
    assert await page.evaluate("document.activeElement.matches('summary')")
    await page.press("Enter")
    call_shown = "[...document.querySelectorAll('.call')].filter(each => each.checkVisibility())"
    await page.until(f"{call_shown}.length === 1")
    await page.evaluate("document.getElementById('way-typescript').focus()")
    await page.press(" ")
    await page.until(f"{call_shown}[0].dataset.way === 'typescript'")
    text = await page.evaluate(f"{call_shown}[0].querySelector('code').textContent")
    assert f'fetch("{watched.http}/graphql"' in text
    await page.click(".operation[open] .call[data-way=typescript] .copy")
    button = "document.querySelector('.operation[open] .call[data-way=typescript] .copy').textContent"
    await page.until(f"['Copied', 'Marked'].includes({button})")
    assert clean(page, watched)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_it_can_be_read_by_everybody(dark: bool, watched: Running, page: Page) -> None:
    await page.show_as(1280, 800, dark=dark)
    await opened(watched, page)
    await call(watched)
    await page.until("document.getElementById('calls').rows.length === 4")
    await page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert await page.evaluate(CONTRAST) == []
    nodes = await page.accessible()
    assert [node for node in nodes if role(node) in INTERACTIVE - NAMELESS and not name(node)] == []
    for landmark in ("main", "banner", "navigation", "contentinfo"):
        assert len([node for node in nodes if role(node) == landmark]) == 1, landmark
    levels = [level(node) for node in nodes if role(node) == "heading"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [pair for pair in pairwise(levels) if pair[1] - pair[0] > 1] == []
    assert await page.evaluate("document.documentElement.lang && document.title")
    assert clean(page, watched)


async def test_it_fits_a_phone(watched: Running, page: Page) -> None:
    await page.show_as(SMALLEST, 640, mobile=True)
    await opened(watched, page)
    await call(watched)
    await page.until("document.getElementById('calls').rows.length === 4")
    assert await page.evaluate("document.documentElement.scrollWidth") <= SMALLEST
    assert clean(page, watched)


async def test_pictures_for_the_documents(watched: Running, page: Page, pictures: Path) -> None:
    await page.show_as(1280, 900)
    await opened(watched, page)
    looks = "window.looks"
    await page.evaluate(
        f"void ({looks} = 0, new EventSource('console/events').addEventListener('look', () => {looks}++))"
    )
    for number in range(sampler.KEPT if pictures == PICTURES else 3):
        await call(watched, 1 + number * 7 % 5)
        await page.until(f"{looks} > {number}")
    for file, size, dark in (("console.png", (1280, 900), False), ("console-phone.png", (390, 844), True)):
        await page.show_as(*size, dark=dark)
        await page.screenshot(pictures / file)
        assert (pictures / file).stat().st_size > 10_000


def role(node: dict[str, Any]) -> str:
    return str(node["role"]["value"])


def name(node: dict[str, Any]) -> str:
    return str(node.get("name", {}).get("value", ""))


def level(node: dict[str, Any]) -> int:
    return next(int(each["value"]["value"]) for each in node["properties"] if each["name"] == "level")
