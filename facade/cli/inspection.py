"""The commands that look at a facade without serving: `facade check` and `facade schema`."""

import argparse
import asyncio
import secrets
import sys
from hashlib import sha256

from facade.check import findings
from facade.cli.serving import with_upstream
from facade.config import load
from facade.graphql import federation, schema
from facade.rpc.server import descriptor_set

WRONG = 1  # exit status: something is not as it should be


def check(options: argparse.Namespace) -> int:
    """Prints what is found at each upstream, and of the facade's own accounts."""
    settings = with_upstream(load(options.config))
    found = asyncio.run(findings(settings))
    for each in found:
        print(f"{'ok   ' if each.well else 'WRONG'} {each.setting:22} {each.text}")
    return 0 if all(each.well for each in found) else WRONG


def make_key(_options: argparse.Namespace) -> int:
    """Prints a new API key, which is kept nowhere, and what the callers' file has of it."""
    key = f"facade_{secrets.token_urlsafe(32)}"
    print(f"x-api-key: {key}")
    print(f'api_key_sha256 = "{sha256(key.encode()).hexdigest()}"')
    return 0


def print_schema(options: argparse.Namespace) -> int:
    """Prints the SDL, or writes the descriptor set."""
    if options.face == "graphql":
        sys.stdout.write(federation.sdl() if options.federation else schema.sdl())
    else:
        sys.stdout.buffer.write(descriptor_set())
    return 0
