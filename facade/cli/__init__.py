"""The command line: `facade serve | sandbox | check | schema`, and the clients `facade users | publish`."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version

from facade import sandbox
from facade.check import findings
from facade.cli import clients
from facade.cli.serving import run_sandbox, serve, with_upstream
from facade.config import ConfigError, load
from facade.graphql import schema
from facade.rpc.server import descriptor_set

WRONG = 1  # exit status: something is not as it should be
MISUSED = 2  # exit status: a setting or an argument is wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that `arguments` (default: those of the process) name; returns the exit status."""
    options = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except ConfigError as error:
        print(f"facade: {error}", file=sys.stderr)
        return MISUSED


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    root = argparse.ArgumentParser(prog="facade", description="gRPC and GraphQL in front of three REST APIs.")
    root.add_argument("--version", action="version", version=f"facade {version('facade')}")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    defaults = sandbox.Options()

    command = commands.add_parser("serve", help="serve both faces")
    command.add_argument("--sandbox", action="store_true", help="in front of a sandbox of the REST APIs")
    command.add_argument("--users", type=int, metavar="N", help=f"BPM users of that sandbox ({defaults.users})")
    command.add_argument("--config", metavar="FILE", help="settings in TOML; the environment overrides them")
    command.set_defaults(command=serve)

    command = commands.add_parser("sandbox", help="run the sandbox of the REST APIs alone")
    command.add_argument("--address", default="127.0.0.1:8090", help="where it listens (%(default)s)")
    command.add_argument("--users", type=int, default=defaults.users, help="BPM users (%(default)s)")
    command.add_argument("--token-lifetime", type=float, default=defaults.token_lifetime, help="seconds (%(default)s)")
    command.add_argument("--echo-bodies", action="store_true", help="answer PUT and DELETE with a body")
    command.add_argument(
        "--tenant-status",
        type=int,
        choices=(401, 400),
        default=defaults.tenant_status,
        help="Publish's status for customer errors: the guide's table says 401, a screenshot 400",
    )
    command.set_defaults(command=run_sandbox)

    command = commands.add_parser("check", help="check the settings and ask each upstream")
    command.add_argument("--config", metavar="FILE", help="settings in TOML; the environment overrides them")
    command.set_defaults(command=check)

    command = commands.add_parser("schema", help="print a schema")
    command.add_argument("face", choices=("graphql", "descriptor"), help="SDL, or a binary FileDescriptorSet")
    command.set_defaults(command=print_schema)

    clients.add_users(commands)
    clients.add_publish(commands)
    return root


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
