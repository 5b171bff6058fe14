"""Runs a command that is a client, and tells its end: one line, one exit status.

0    all is done
1    an item is not done, or a call failed
2    an argument, a variable or a file is wrong
130  interrupted
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from facade.client.failure import CallError, MisuseError, StoppedError, UnwrittenError
from facade.client.listing import listing
from facade.client.publish import publish
from facade.client.report import FAILED, INTERRUPTED
from facade.client.sync import sync
from facade.client.users import add, remove

MISUSED = 2
COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": listing,
    "add": add,
    "remove": remove,
    "sync": sync,
    "publish": publish,
}


def run(name: str, options: argparse.Namespace) -> int:
    """The exit status of the command."""
    try:
        status = COMMANDS[name](options)
    except MisuseError as error:
        status = told(str(error), MISUSED)
    except UnwrittenError as error:
        status = told(f"{error}{how_to_go_on(name, options)}", FAILED)
    except (CallError, StoppedError) as error:
        status = told(str(error), FAILED)
    except (KeyboardInterrupt, asyncio.CancelledError):
        status = INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone; Python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = FAILED
    if status == INTERRUPTED:
        told(f"interrupted{how_to_go_on(name, options)}", status)
    return status


def told(text: str, status: int) -> int:
    """Says why it did not end well."""
    print(f"facade: {text}", file=sys.stderr)
    return status


def how_to_go_on(name: str, options: argparse.Namespace) -> str:
    """What to do after an interruption, or when outcomes could not be written."""
    file = getattr(options, "outcomes", None) or getattr(options, "resume", None)
    if name == "list" or options.file == "-":
        return ""
    if name == "sync":
        return "; run it again to finish"
    if file and Path(file).is_file():
        return f"; go on with --resume {file}"
    return "; without --outcomes there is nothing to go on from"
