"""The search by atheris, for a moment a target, where it is installed: that it runs, and finds nothing so near."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

RUNS = os.environ.get("RUNS", "2000")
ROOT = Path(__file__).parent.parent.parent


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_a_short_search_finds_nothing(target: str, tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.search", target, "--runs", RUNS],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert found.returncode == 0, found.stderr[-4000:]
    assert "Done" in found.stderr
