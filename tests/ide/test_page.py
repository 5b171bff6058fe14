"""The IDE's page and files over HTTP. (That it works is shown in tests/browser.)"""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from facade import sandbox
from facade.ide.cache import keep
from facade.ide.package import VERSION, integrity
from facade.server import Running, running
from tests.graphql.http import only_errors
from tests.ide.archives import FILES, archive
from tests.support import settings_for

pytestmark = pytest.mark.anyio

BASE = f"/graphql/ide/{VERSION}"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A small archive, which is the wanted one for a while."""
    monkeypatch.setattr("facade.ide.page.Ide.__init__.__defaults__", (integrity(archive()),))
    return archive()


@pytest.fixture
async def offered(small: bytes, upstream: sandbox.Running, tmp_path: Path) -> AsyncIterator[Running]:  # noqa: ARG001 - it changes what is wanted
    """A facade that looks for the IDE in an empty directory."""
    async with running(settings_for(upstream.url, ide_directory=str(tmp_path))) as facade:
        yield facade


async def get(facade: Running, path: str = "/graphql", method: str = "GET", **headers: str) -> httpx.Response:
    sent = {"accept": BROWSER} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(base_url=facade.http) as client:
        return await client.request(method, path, headers=sent)


async def test_until_it_is_there_the_page_says_how_to_get_it(offered: Running) -> None:
    answer = await get(offered)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "facade ide install" in answer.text
    assert f"npm pack altair-static@{VERSION}" in answer.text
    assert f"{offered.http}/graphql" in answer.text
    assert "{" not in answer.text.replace('\'{"query": "{ publishHealth { message } }"}\'', "")


async def test_it_is_served_as_soon_as_it_is_there(small: bytes, offered: Running, tmp_path: Path) -> None:
    assert "facade ide install" in (await get(offered)).text
    keep(tmp_path, small)
    answer = await get(offered)
    assert f'<base href="graphql/ide/{VERSION}/">' in answer.text
    assert '<script type="module" src="facade/start.js"></script></body>' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "http" not in policy


async def test_its_files_have_their_types_and_may_be_kept(small: bytes, offered: Running, tmp_path: Path) -> None:
    keep(tmp_path, small)
    await get(offered)
    script = await get(offered, f"{BASE}/main.js", accept_encoding="gzip")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["content-encoding"] == "gzip"
    assert "immutable" in script.headers["cache-control"]
    assert script.content == FILES["package/build/dist/main.js"]
    font = await get(offered, f"{BASE}/media/font.woff2", accept_encoding="gzip")
    assert font.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in font.headers
    again = await get(offered, f"{BASE}/main.js", if_none_match=script.headers["etag"])
    assert again.status_code == 304


async def test_scripts_of_users_run_with_an_origin_that_is_nobodys(
    small: bytes, offered: Running, tmp_path: Path
) -> None:
    keep(tmp_path, small)
    await get(offered)
    policy = (await get(offered, f"{BASE}/iframe-sandbox/index.html")).headers["content-security-policy"]
    assert "sandbox allow-scripts;" in policy
    assert "allow-same-origin" not in policy
    assert "connect-src" not in policy  # none but default-src, which is 'none'


@pytest.mark.parametrize(
    "path", [f"{BASE}/none.js", f"{BASE}/..%2f..%2fcache.py", f"{BASE}/package.json", "/graphql/ide/0.0.0/main.js"]
)
async def test_no_other_file_is_served(path: str, small: bytes, offered: Running, tmp_path: Path) -> None:
    keep(tmp_path, small)
    await get(offered)
    assert (await get(offered, path)).status_code == 404


async def test_an_archive_that_was_changed_is_not_served(small: bytes, offered: Running, tmp_path: Path) -> None:
    keep(tmp_path, small + b"more")
    answer = await get(offered)
    assert "cannot be used" in answer.text
    assert "facade ide install" in answer.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "*/*, text/html;q=0", ""])
async def test_a_program_that_gets_is_told_to_post(accept: str, offered: Running) -> None:
    answer = await get(offered, accept=accept)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    only_errors(answer)


async def test_switched_off_a_browser_is_told_the_same(upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url, ide=False)) as facade:
        assert (await get(facade)).status_code == 405
        assert (await get(facade, f"{BASE}/main.js")).status_code == 404


async def test_a_head_has_no_body(offered: Running) -> None:
    answer = await get(offered, method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
