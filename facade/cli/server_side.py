"""Runs the commands of the server's side, and tells a setting that is wrong in one line."""

import argparse
import sys
from collections.abc import Callable

from facade.cli.inspection import check, print_schema
from facade.cli.serving import run_sandbox, serve
from facade.config import ConfigError

MISUSED = 2  # exit status: a setting or an argument is wrong
COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "serve": serve,
    "sandbox": run_sandbox,
    "check": check,
    "schema": print_schema,
}


def run(name: str, options: argparse.Namespace) -> int:
    """The exit status of the command."""
    try:
        return COMMANDS[name](options)
    except ConfigError as error:
        print(f"facade: {error}", file=sys.stderr)
        return MISUSED
