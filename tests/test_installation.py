"""The README's first command, in a copy of the project: what it installs is all that it takes."""

import re
import shutil
from pathlib import Path

import httpx
import pytest

from tests.readme.document import README, ROOT
from tests.readme.processes import environment, run, serving

pytestmark = pytest.mark.anyio

LINE = re.compile(
    r"^(python3 -m venv .venv && .venv/bin/pip install \.) && \.venv/bin/facade serve --sandbox$", re.MULTILINE
)
PROJECT = ("pyproject.toml", "README.md", "LICENSE", "facade")
UNREACHED = (
    "No matching distribution found",
    "Temporary failure in name resolution",
    "Connection refused",
    "timed out",
)
LONG = 600.0  # seconds: it may download everything
# Files that a package may have been made without.
PATHS = {"/": "text/html", "/schema.graphql": "text/plain", "/descriptor.binpb": "application/octet-stream"}


async def test_the_first_command_installs_all_that_it_serves_with(tmp_path: Path) -> None:
    found = LINE.search(README)
    assert found, "the README begins with another command"
    for name in PROJECT:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    status, printed = await run(found[1], environment(PIP_DISABLE_PIP_VERSION_CHECK="1"), tmp_path, within=LONG)
    if status and any(word in printed for word in UNREACHED):
        pytest.skip("needs a package index")
    assert status == 0, printed
    shutil.rmtree(tmp_path / "facade")  # so that only what is installed can be served
    async with serving(tmp_path, tmp_path / ".venv/bin") as served, httpx.AsyncClient() as client:
        for path, kind in PATHS.items():
            answer = await client.get(f"http://{served.http}{path}", headers={"accept": kind})
            assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
        page = (await client.get(f"http://{served.http}/")).text
        references = re.findall(r'(?:src|href)="(console/[^"#?]+)"', page)
        assert references
        for reference in references:
            assert (await client.get(f"http://{served.http}/{reference}")).status_code == 200, reference
