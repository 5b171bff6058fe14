"""The browser, where one is installed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from facade.ide.cache import directory, kept
from tests.browser.chromium import ABSENT, Browser, found, launched
from tests.browser.page import Page

PICTURES = Path(__file__).parents[2] / "docs" / "images"


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


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where pictures are written: into the documents if that is asked for, else to nowhere."""
    if not request.config.getoption("--screenshots"):
        return tmp_path
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES


@pytest.fixture(scope="session")
def installed_ide() -> Path:
    """The directory that the IDE is installed in. Tests that need it are skipped where it is not."""
    place = directory(None)
    if kept(place) is None:
        pytest.skip("the GraphQL IDE is not installed (facade ide install)")
    return place
