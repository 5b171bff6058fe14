"""The unit of systemd, as far as it can be looked at where systemd runs nothing."""

import re
import shlex
import shutil
import subprocess
from asyncio import to_thread
from pathlib import Path

import pytest

from facade.cli import parser
from facade.cli.server_side import MISUSED
from facade.config import Settings
from tests.deploy.documents import DEPLOY
from tests.readme.processes import BIN

TEXT = (DEPLOY / "systemd" / "facade.service").read_text(encoding="utf-8")
ANALYZE = shutil.which("systemd-analyze")
INSTALLED = "/opt/facade/bin/facade"


def said(key: str) -> str:
    """What the unit says once."""
    [value] = re.findall(rf"^{key}=(.*)$", TEXT, re.MULTILINE)
    return str(value)


@pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze, of systemd")
@pytest.mark.parametrize(("mistake", "told"), [("Restart", ""), ("Rstart", "Unknown key")])
async def test_systemd_finds_nothing_to_mend_but_a_mistake(mistake: str, told: str, tmp_path: Path) -> None:
    unit = tmp_path / "facade.service"
    here = TEXT.replace(INSTALLED, str(BIN / "facade")).replace("User=facade", "User=root")
    unit.write_text(here.replace("Restart=", f"{mistake}="), encoding="utf-8")
    done = await to_thread(
        subprocess.run, [str(ANALYZE), "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    about_it = [line for line in (done.stdout + done.stderr).splitlines() if unit.name in line]
    assert "".join(about_it) == "" if not told else told in "".join(about_it)


def test_it_starts_what_there_is() -> None:
    program, *arguments = shlex.split(said("ExecStart"))
    assert program == INSTALLED
    options = parser().parse_args(arguments)
    assert (options.config, options.sandbox) == ("/etc/facade/facade.toml", False)


def test_it_waits_for_the_drain_and_does_not_repeat_a_wrong_setting() -> None:
    drain = sum(Settings.model_fields[name].default for name in ("drain_delay", "drain_timeout"))
    assert float(said("TimeoutStopSec")) == drain + 10
    assert said("RestartPreventExitStatus") == str(MISUSED)
