"""The step of `.ci/run` that keeps the contract: which commit it compares with, and what stops it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.schema_check.repository import ROOT, USERS, edit, git, rename_in_proto, rename_in_sdl

RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
BASE = RUN[RUN.index("base() {") : RUN.index('step "install')]
CHECK = RUN[RUN.index("against=$(base)") :].partition("\nfi\n")[0] + "\nfi"


def step(folder: Path) -> tuple[int, str]:
    """The exit status of that step alone, and all that it prints."""
    script = f'set -euo pipefail\nstep() {{ echo "== $*"; }}\n{BASE}\n{CHECK}'
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout


def test_without_an_earlier_contract_it_is_skipped(repository: Path) -> None:
    status, printed = step(repository)
    assert (status, printed.startswith("== facade schema check: skipped")) == (0, True)


def test_renamed_fields_stop_it_with_the_names_of_the_changes(repository: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    places = rename_in_proto(repository), rename_in_sdl(repository)
    git(repository, "commit", "--quiet", "--all", "-m", "Other names")
    (repository / "note").write_text("later")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "Something else")
    status, printed = step(repository)
    assert status == 1
    assert printed.startswith(f"== facade schema check --against {first}\n")
    assert f"{places[0]}: breaking: FIELD_SAME_NAME: " in printed
    assert f"{places[1]}: breaking: FIELD_REMOVED: " in printed


def test_what_has_landed_is_compared_with_where_it_is_known(repository: Path) -> None:
    edit(repository / USERS, "  string next_page_token = 2;", "  string next_page_token = 2;\n  string note = 99;")
    git(repository, "commit", "--quiet", "--all", "-m", "Landed")
    landed = git(repository, "rev-parse", "HEAD")
    git(repository, "update-ref", "refs/remotes/origin/main", landed)
    edit(repository / USERS, "string note = 99;", "string remark = 99;")
    git(repository, "commit", "--quiet", "--all", "-m", "Not landed yet")
    status, printed = step(repository)
    assert (status, "FIELD_SAME_NAME" in printed) == (1, True)
    assert printed.startswith(f"== facade schema check --against {landed}\n")
