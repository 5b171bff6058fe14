"""A page in a real browser calls over gRPC-Web through Envoy, with a client of others'."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from benchmarks.baselines.node import missing
from facade.rpc.server import descriptor_set
from tests.browser.page import Page
from tests.deploy.edge import needed, standing
from tests.support import basic

pytestmark = [pytest.mark.anyio, needed]

CLIENT = Path(__file__).parent / "grpc_web"
TIME = 120.0  # seconds


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a log."""

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """The origin of a site that shows the files of a folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def bundled(folder: Path) -> None:
    """Writes the page to a folder, with its client in one file."""
    if problem := missing(CLIENT, install=True, within=TIME):
        pytest.skip(problem)
    options = ("--bundle", "--format=esm", "--target=es2022", f"--outfile={folder / 'client.js'}")
    command = ("node", "node_modules/esbuild/bin/esbuild", "client.mjs", *options)
    done = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, check=False, timeout=TIME)
    assert done.returncode == 0, done.stderr
    shutil.copy(CLIENT / "index.html", folder)
    (folder / "descriptor.binpb").write_bytes(descriptor_set())


async def test_a_page_finds_a_user_and_reads_the_details_of_an_error(
    page: Page, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    shown, behind = tmp_path / "site", tmp_path / "edge"
    shown.mkdir()
    behind.mkdir()
    await asyncio.to_thread(bundled, shown)
    with site(shown) as origin:
        async with standing(behind, origin) as edge:
            await page.send("Security.setIgnoreCertificateErrors", ignore=True)  # the authority is the test's own
            await page.open(f"{origin}/index.html")
            await page.until("document.body.dataset.ready")
            called = f"'https://{edge.envoy.address}'"
            headers = json.dumps(basic() | {"x-request-id": "page-1"})
            answer = await page.evaluate(f"getUser({called}, 'api@example.com', {headers})")
            assert answer["user"]["mail"] == "api@example.com"
            await page.evaluate(f"show({json.dumps(answer)})")
            assert "api@example.com" in await page.evaluate("document.body.innerText")
            if request.config.getoption("--screenshots", default=False):
                await page.show_as(640, 400)
                await page.screenshot(request.getfixturevalue("pictures") / "grpc-web.png")
            assert await page.evaluate(f"streamUsers({called}, {headers})") == 250
            failure = await page.evaluate(f"getUser({called}, 'nobody@example.com', {headers})")
            assert (failure["code"], failure["reason"]) == ("NotFound", "USER_NOT_FOUND")
            assert failure["metadata"]["request_id"] == "page-1"
            assert page.hosts() == {origin.removeprefix("http://"), edge.envoy.address}
            assert page.complaints == []


async def test_a_page_of_another_site_gets_nothing(page: Page, tmp_path: Path) -> None:
    shown, behind = tmp_path / "site", tmp_path / "edge"
    shown.mkdir()
    behind.mkdir()
    await asyncio.to_thread(bundled, shown)
    with site(shown) as origin:
        async with standing(behind) as edge:
            await page.send("Security.setIgnoreCertificateErrors", ignore=True)
            await page.open(f"{origin}/index.html")
            await page.until("document.body.dataset.ready")
            headers = json.dumps(basic())
            failure = await page.evaluate(f"getUser('https://{edge.envoy.address}', 'api@example.com', {headers})")
            assert "user" not in failure
            assert "CORS" in "\n".join(page.complaints)
            assert [entry["method"] for entry in edge.envoy.entries() if entry["replica"]] == [], "it was not asked"
