"""Processes of their own in the canary run: a secret that one shows is found, whichever way it shows it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.catalogue.canary_process import environment
from tests.catalogue.canary_run import told
from tests.catalogue.planted import PASSWORD, TOKEN, shown
from tests.test_cli_processes import FREE

OWN = "of-this-process-41c0"


def run(tmp_path: Path, program: str, *arguments: str) -> list[str]:
    """Where a secret has shown in a Python process with this program."""
    found = tmp_path / "found"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FACADE_")}
    env = inherited | FREE | environment(found) | {"FACADE_PASSWORD": OWN, "FACADE_USER": "somebody@example.com"}
    subprocess.run([sys.executable, "-c", program, *arguments], env=env, check=True, capture_output=True, timeout=60)
    return told(found)


PRINTED = {
    "nothing": ("print('well')", []),
    "an answer": (f"print('{PASSWORD}')", ["standard output"]),
    "in base64": (f"import base64; print(base64.b64encode(b'a:{TOKEN}').decode())", ["standard output"]),
    "its own": (f"import sys; print('{OWN}', file=sys.stderr)", ["standard error"]),
    "a user": ("import os; print(os.environ['FACADE_USER'])", []),
}


@pytest.mark.parametrize(("program", "where"), PRINTED.values(), ids=PRINTED)
def test_what_a_command_prints_is_looked_at(program: str, where: list[str], tmp_path: Path) -> None:
    found = run(tmp_path, program)
    assert [line.partition(",")[0] for line in found] == where
    assert shown(" ".join(found), (PASSWORD, TOKEN, OWN)) == []


def test_what_a_process_that_serves_makes_and_does_not_write_is_looked_at_too(tmp_path: Path) -> None:
    program = f"""
import logging
from facade.caller import Basic, Caller, Limits
from facade.errors import Code, FacadeError, Reason
logging.getLogger("facade.x").debug("called by %s", "{PASSWORD}")
FacadeError(Code.INTERNAL, Reason.INTERNAL, "{TOKEN}")
caller = Caller.of({{"authorization": [Basic.of("a@example.com", "somebodys-secret").header]}}, None, Limits(1, 1), "r")
logging.getLogger("facade.y").debug("sent %s", "somebodys-secret")
logging.getLogger("facade.z").debug("sent %s", caller)
"""
    found = [line.partition(", in a process")[0] for line in run(tmp_path, program, "serve")]
    assert found == ["log: facade.x, called by %s", "error: INTERNAL", "log: facade.y, sent %s"]
