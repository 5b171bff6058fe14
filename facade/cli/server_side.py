"""Runs the commands of the server's side, and tells in one line what keeps them from starting."""

import argparse
import sys
from collections.abc import Callable

from facade.cli.serving import run_sandbox, serve
from facade.config import ConfigError
from facade.supervisor.supervisor import StartError

FAILED = 1  # exit status: the facade could not start
MISUSED = 2  # exit status: a setting or an argument is wrong


def run(name: str, options: argparse.Namespace) -> int:
    """The exit status of the command."""
    try:
        return command(name)(options)
    except ConfigError as error:
        print(f"facade: {error}", file=sys.stderr)
        return MISUSED
    except StartError as error:
        print(f"facade: {error}", file=sys.stderr)
        return FAILED


def command(name: str) -> Callable[[argparse.Namespace], int]:
    """What the command does."""
    if name in {"serve", "sandbox"}:
        return serve if name == "serve" else run_sandbox
    if name == "documents":
        from facade.cli import documents  # noqa: PLC0415 - as below

        return documents.write_list
    if name == "schema check":
        from facade.cli import schema_check  # noqa: PLC0415 - as below

        return schema_check.check
    if name == "ide install":
        from facade.cli import ide  # noqa: PLC0415 - as below

        return ide.install
    from facade.cli import inspection  # noqa: PLC0415 - it loads what serves, which a supervisor does not

    commands = {"check": inspection.check, "schema": inspection.print_schema, "callers key": inspection.make_key}
    return commands[name]
