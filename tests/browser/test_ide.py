"""The GraphQL IDE in a browser that reaches nothing but the facade."""

import asyncio
import json
from pathlib import Path

import pytest

from facade import sandbox
from facade.server import running
from tests.browser.page import PATIENT, Page
from tests.faces.rows import BPM
from tests.support import basic, set_faults, settings_for

pytestmark = pytest.mark.anyio

QUERY = '{ user(mail: "api@example.com") { mail accountAdmin } }'
SYNC = """subscription {
  syncUsers(roster: [
    {mail: "one@example.com", cn: "Number", sn: "One"}
    {mail: "two@example.com", cn: "Number", sn: "Two"}
  ]) {
    plan { toAdd kept }
    result { itemId message }
    summary { added }
  }
}"""
EDITOR = ".query-editor__input .cm-content"
RESULT = "document.querySelector('app-query-result').innerText"
# zod, of which it is made, looks whether it may make functions of texts, and does without where it may not.
PROBE = ("kEvalViolation", "graphql/ide/")


async def fill(page: Page, selector: str, text: str) -> None:
    """Replaces what stands in an editor, which a dialog that is just opening takes the focus from."""
    editor = f"document.querySelector({selector!r})"
    async with asyncio.timeout(PATIENT):
        while not await page.evaluate(f"{editor}?.innerText.includes({text[:12]!r}) ?? false"):
            await page.click(selector)
            if await page.evaluate(f"document.activeElement === {editor}"):
                await page.press("a", control=True)
                await page.write(text)


async def sign_in(page: Page) -> None:
    """Sets the header of the sandbox's account."""
    await page.click("[track-id=show_set_headers]")
    for kind, text in (("key", "authorization"), ("value", basic()["authorization"])):
        await fill(page, f"app-x-input[placeholder='Header {kind}'] .cm-content", text)
    await page.click(".app-dialog-footer button, .ant-modal-footer button")
    await page.until("!document.querySelector('.ant-modal')")


async def test_a_query_and_a_subscription_run_in_it_without_any_other_host(
    upstream: sandbox.Running, page: Page, installed_ide: Path, pictures: Path
) -> None:
    async with running(settings_for(upstream.url, ide_directory=str(installed_ide))) as facade:
        await page.show_as(1280, 720)
        await page.open(f"{facade.http}/graphql")
        await page.until(f"document.querySelector({EDITOR!r})")
        await sign_in(page)

        await fill(page, EDITOR, QUERY)
        await page.click("[track-id=set_request]")
        await page.until(f"{RESULT}.includes('accountAdmin')")
        shown = await page.evaluate(RESULT)
        assert json.dumps("api@example.com") in shown

        # Of updates that come in the same moment it shows the last alone: each user takes its time.
        slow = {"method": "PUT", "path": BPM, "times": 1}
        await set_faults(upstream.url, slow | {"delay": 1}, slow | {"delay": 3})
        await fill(page, EDITOR, SYNC)
        await page.click("[track-id=set_request]")
        await page.until(f"{RESULT}.includes('\"added\"')")
        shown = await page.evaluate(RESULT)
        assert "toAdd" in shown
        assert shown.count("itemId") >= 1
        await page.screenshot(pictures / "ide.png")

        assert page.hosts() == {facade.http.removeprefix("http://")}
    complaints = [each for each in page.complaints if not all(part in each for part in PROBE)]
    assert complaints == []


async def test_until_it_is_installed_its_page_says_how(upstream: sandbox.Running, page: Page, tmp_path: Path) -> None:
    async with running(settings_for(upstream.url, ide_directory=str(tmp_path))) as facade:
        await page.open(f"{facade.http}/graphql")
        assert "facade ide install" in await page.evaluate("document.body.innerText")
        assert await page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"
        assert page.hosts() == {facade.http.removeprefix("http://")}
    assert page.complaints == []
