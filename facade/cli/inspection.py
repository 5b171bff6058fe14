"""The commands that look at a facade without serving: `facade check` and `facade schema`."""

import argparse
import asyncio
import sys

from facade.check import findings
from facade.cli.serving import with_upstream
from facade.config import load
from facade.graphql import schema
from facade.rpc.server import descriptor_set

WRONG = 1  # exit status: something is not as it should be


def check(options: argparse.Namespace) -> int:
    """Prints what is found at each upstream."""
    found = asyncio.run(findings(with_upstream(load(options.config))))
    for each in found:
        print(f"{'ok   ' if each.well else 'WRONG'} {each.setting:22} {each.text}")
    return 0 if all(each.well for each in found) else WRONG


def print_schema(options: argparse.Namespace) -> int:
    """Prints the SDL, or writes the descriptor set."""
    if options.face == "graphql":
        sys.stdout.write(schema.sdl())
    else:
        sys.stdout.buffer.write(descriptor_set())
    return 0
