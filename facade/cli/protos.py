"""What has changed between two states of the protos, as buf sees it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facade.cli.earlier import CannotCheckError

CONFIGURATION = "buf.yaml"
FOUND = 100  # buf's exit status where it has something to complain about
PATIENCE = 120.0  # seconds that buf may take


@dataclass(frozen=True, slots=True)
class ProtoChange:
    """One breaking change.

    Attributes:
        name: buf's name of the rule, such as FIELD_SAME_NAME.
        text: what changed, in a sentence.
        at: path and line in the checkout, such as "protos/facade/v1/token.proto:7"; None if what was there is gone.

    """

    name: str
    text: str
    at: str | None


def breaking(root: Path, before: Path) -> list[ProtoChange]:
    """The breaking changes of the protos in `root` since those in `before`, by the rules of the checkout's buf.yaml.

    Raises:
        CannotCheckError: buf is not there, or one of the two does not compile.

    """
    program = buf()
    configuration = root / CONFIGURATION
    present = root / "protos"
    # First each by itself: what does not compile is no breaking change, though buf tells of both with one status.
    compiled(program, root, ".", f"{present}")
    compiled(program, root, str(before), "the earlier protos", "--config", str(configuration))
    said = run(
        program,
        root,
        *("breaking", ".", "--against", str(before), "--against-config", str(configuration)),
        "--error-format=json",
    )
    if said.returncode not in {0, FOUND}:
        raise CannotCheckError(f"buf breaking: {first(said.stderr)}")
    return [change(json.loads(each)) for each in said.stdout.splitlines()]


def buf() -> str:
    """The program: of this Python's environment, or of the user's path."""
    beside = Path(sys.executable).parent
    found = shutil.which("buf", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise CannotCheckError("buf is not installed, and finds the changes of the protos: pip install buf-bin")
    return found


def compiled(program: str, root: Path, what: str, name: str, *options: str) -> None:
    """CannotCheckError if the protos of `what` do not compile."""
    said = run(program, root, "build", what, "--output", os.devnull, *options)
    if said.returncode != 0:
        raise CannotCheckError(f"{name}: {first(said.stderr or said.stdout)}")


def run(program: str, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What buf says of these arguments."""
    try:
        return subprocess.run(  # noqa: S603 - no shell, and the arguments are paths of ours
            [program, *arguments], cwd=root, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise CannotCheckError(f"buf {arguments[0]} takes more than {PATIENCE:.0f} seconds") from None


def first(text: str) -> str:
    """The first of the lines: more follow from it."""
    return next(iter(text.strip().splitlines()), "it failed, and did not say why")


def change(found: dict[str, Any]) -> ProtoChange:
    """A line of buf's JSON. Of a file that is gone it has neither path nor line."""
    at = f"{found['path']}:{found['start_line']}" if "path" in found else None
    return ProtoChange(found["type"], found["message"], at)
