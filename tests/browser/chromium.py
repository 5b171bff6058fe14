"""A headless Chromium that reaches no other host, driven over the DevTools protocol."""

import asyncio
import os
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from websockets.asyncio.client import connect

from tests.browser.page import Page
from tests.browser.protocol import DevTools

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ABSENT = "no Chromium is installed (chromium, or CHROMIUM with its path)"
OPTIONS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # whatever it wants elsewhere, it finds nobody
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,Translate,DialMediaRouteProvider",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--password-store=basic",
    "--use-mock-keychain",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--disable-dev-shm-usage",  # that of a container is too small
    "--disable-gpu",
    "--lang=en-US",
)
SAID = re.compile(rb"DevTools listening on (ws://\S+)")
STARTED = 120.0  # seconds


def found() -> str | None:
    """The path of a Chromium, or None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A browser that runs; each page has a profile of its own."""

    def __init__(self, tools: DevTools) -> None:
        self._tools = tools

    @asynccontextmanager
    async def page(self) -> AsyncIterator[Page]:
        """An empty page, which is closed at the end."""
        context = (await self._tools.send("Target.createBrowserContext"))["browserContextId"]
        try:
            yield await Page.made(self._tools, context)
        finally:
            await self._tools.send("Target.disposeBrowserContext", browserContextId=context)


@asynccontextmanager
async def launched(path: str, profile: Path) -> AsyncIterator[Browser]:
    """The Chromium at `path`, which keeps its files in `profile`."""
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()  # it refuses its own sandbox to root
    process = await asyncio.create_subprocess_exec(
        path, *OPTIONS, *root, f"--user-data-dir={profile}", "about:blank", stdout=DEVNULL, stderr=PIPE
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(STARTED):
            address = await listening(process)
        draining = asyncio.create_task(drained(process.stderr))
        opening = connect(address, max_size=None, compression=None, ping_interval=None)
        async with opening as socket, DevTools(socket) as tools:
            yield Browser(tools)
            await tools.send("Browser.close")
        await process.wait()
        await draining
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def listening(process: Process) -> str:
    """The address that it says it listens on."""
    assert process.stderr is not None
    while line := await process.stderr.readline():
        if said := SAID.search(line):
            return said[1].decode()
    raise AssertionError("Chromium ended before it listened")


async def drained(stream: asyncio.StreamReader) -> None:
    """Reads what it complains about, so that it never waits for us."""
    while await stream.read(65536):
        pass
