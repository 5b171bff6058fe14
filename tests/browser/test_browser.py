"""The browser of these tests: what it notices, and that it reaches no other host."""

from pathlib import Path

import pytest

from facade.server import Running
from tests.browser.page import Page

pytestmark = pytest.mark.anyio


async def test_it_notices_what_a_page_asks_for_and_complains_about(facade: Running, page: Page) -> None:
    await page.open(f"{facade.http}/healthz")
    assert await page.evaluate("document.body.innerText.trim()") == "alive"
    await page.evaluate("fetch('/nowhere').then(answer => answer.text())")
    await page.evaluate("void setTimeout(() => { throw new Error('on purpose') })")
    await page.evaluate("fetch('http://other.example/').catch(() => 0)")
    await page.until("true")
    told = "\n".join(page.complaints)
    assert "404" in told
    assert "on purpose" in told
    assert "other.example" in page.hosts()
    assert "ERR_NAME_NOT_RESOLVED" in told
    assert page.hosts() - {"other.example"} == {facade.http.removeprefix("http://")}


async def test_it_shows_pictures(facade: Running, page: Page, tmp_path: Path) -> None:
    await page.open(f"{facade.http}/healthz")
    await page.show_as(320, 200)
    await page.screenshot(tmp_path / "seen.png")
    assert (tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")
