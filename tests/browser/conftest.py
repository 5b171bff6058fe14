"""The browser, where one is installed."""

from collections.abc import AsyncIterator

import pytest

from tests.browser.chromium import ABSENT, Browser, found, launched
from tests.browser.page import Page


@pytest.fixture(scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory, one_event_loop: None) -> AsyncIterator[Browser]:  # noqa: ARG001 - it lives in that loop
    """One for all tests of a process. Tests that need it are skipped where there is none."""
    path = found()
    if path is None:
        pytest.skip(ABSENT)
    async with launched(path, tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page, with a profile that nobody has used."""
    async with browser.page() as empty:
        yield empty
