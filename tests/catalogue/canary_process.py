"""The canary run in processes of their own: what they show is watched from inside, and told to the tests by a file.

A process that serves is watched as facades in the tests' own process are. Of each, all that Python writes to standard
output and standard error is looked at as well: logs, tracebacks, what a command prints. Beside the planted secrets
those are sought that the process has in its environment.
"""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from tests.catalogue.planted import PLANTED, shown

HOOK = Path(__file__).parent / "watched"
ROOT = Path(__file__).parent.parent.parent
FOUND = "CANARIES_FOUND"  # in the environment: the file
SECRET = re.compile(r"FACADE_(\w+_)?(PASSWORD|TOKEN|API_KEY)")
WORD = re.compile(r"[\w./-]{1,200}")  # of a command line; not a program, in which there may be anything
SERVING = {"serve", "facade.worker"}  # in the command line
SHORTEST = 8  # characters; less is in many a text by chance
Look = Callable[..., None]


def environment(found: Path) -> dict[str, str]:
    """What a process must have in its environment to be watched, and to write where a secret has shown to `found`."""
    return {FOUND: str(found), "PYTHONPATH": os.pathsep.join((str(HOOK), str(ROOT)))}


def begin() -> None:
    """Begins to watch this process, if tests have asked for it."""
    found = os.environ.get(FOUND)
    if found is None:
        return
    secrets = [value for name, value in os.environ.items() if SECRET.fullmatch(name) and len(value) >= SHORTEST]
    look = serving(found, secrets) if SERVING & set(sys.orig_argv) else printing(found, secrets)
    over_stream(sys.stdout, "standard output", look)
    over_stream(sys.stderr, "standard error", look)


def printing(found: str, secrets: list[str]) -> Look:
    """What looks for secrets in a process that does not serve; it imports nothing of ours."""

    def look(where: str, *texts: object) -> None:
        if shown(" ".join(map(str, texts)), (*PLANTED, *secrets)):
            tell(found, where)

    return look


def serving(found: str, secrets: list[str]) -> Look:
    """What looks for them in one that serves, from all places at which they might show."""
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # as `facade.logs` does before gRPC is loaded, which is here now
    import pytest  # noqa: PLC0415 - other processes need not load it

    from tests.catalogue.canary_run import Watch, over_all  # noqa: PLC0415 - it loads all that serves

    watch = Watch(lambda where: tell(found, where))
    for secret in secrets:
        watch.secret(secret)
    over_all(watch, pytest.MonkeyPatch())
    return watch.look


def over_stream(stream: TextIO | None, name: str, look: Look) -> None:
    """Has all that is written to a stream looked at."""
    if stream is None:
        return
    write = stream.write

    def looked_at(text: str) -> int:
        look(name, text)
        return write(text)

    changed: Any = stream
    changed.write = looked_at


def tell(found: str, where: str) -> None:
    """Writes down where a secret has shown, and in which process, but not the secret."""
    command = " ".join(Path(each).name for each in sys.orig_argv[1:4] if WORD.fullmatch(each))
    with Path(found).open("a", encoding="utf-8") as file:
        file.write(f"{where}, in a process: {command}\n")
