"""The command, in a repository of the test's own."""

from pathlib import Path

import pytest

from facade.cli import main
from tests.schema_check.repository import Check, committed


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the contract on its branch `main`; the process stands in it."""
    folder = committed(tmp_path / "repository")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Exit status, standard output and standard error."""

    def run(against: object) -> tuple[int, str, str]:
        status = main(["schema", "check", f"--against={against}"])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run
