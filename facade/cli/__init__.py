"""The command line: `facade serve | sandbox | check | schema | documents | callers | ide | users | publish`."""

import argparse
from collections.abc import Callable, Sequence
from importlib.metadata import version

from facade import sandbox
from facade.cli import clients


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that `arguments` (default: those of the process) name; returns the exit status."""
    options = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    return command(options)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    root = argparse.ArgumentParser(prog="facade", description="gRPC and GraphQL in front of three REST APIs.")
    root.add_argument("--version", action="version", version=f"facade {version('facade')}")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    defaults = sandbox.Options()

    command = commands.add_parser("serve", help="serve both faces")
    command.add_argument("--sandbox", action="store_true", help="in front of a sandbox of the REST APIs")
    command.add_argument("--users", type=int, metavar="N", help=f"BPM users of that sandbox ({defaults.users})")
    command.add_argument("--workers", type=int, default=1, metavar="N", help="serve in N processes (%(default)s)")
    command.add_argument("--config", metavar="FILE", help="settings in TOML; the environment overrides them")
    command.set_defaults(command=server_command("serve"))

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
    command.set_defaults(command=server_command("sandbox"))

    command = commands.add_parser("check", help="check the settings and ask each upstream")
    command.add_argument("--config", metavar="FILE", help="settings in TOML; the environment overrides them")
    command.set_defaults(command=server_command("check"))

    command = commands.add_parser("schema", help="print a schema, or find what breaks clients of an earlier one")
    actions = command.add_subparsers(required=True, metavar="ACTION", dest="face")
    action = actions.add_parser("graphql", help="print the SDL")
    action.add_argument("--federation", action="store_true", help="that of a subgraph of Apollo Federation 2")
    action.set_defaults(command=server_command("schema"))
    action = actions.add_parser("descriptor", help="write a binary FileDescriptorSet")
    action.set_defaults(command=server_command("schema"))
    action = actions.add_parser("check", help="exit 1 if protos or SDL of this checkout break an earlier contract")
    action.add_argument(
        "--against",
        required=True,
        metavar="REF",
        help="a commit; a directory with a checkout, or with schema.graphql and descriptor.binpb; or one such file",
    )
    action.set_defaults(command=server_command("schema check"))

    command = commands.add_parser("callers", help="make API keys of callers")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("key", help="print a new API key, once, and its hash for the callers' file")
    action.set_defaults(command=server_command("callers key"))
    command = commands.add_parser("documents", help="list the GraphQL documents of frontends' sources, to trust them")
    command.add_argument("sources", nargs="+", metavar="FILE", help=".graphql, .ts, .tsx, .js, or a directory of these")
    command.add_argument("-o", "--output", metavar="FILE", help="where the list is written (standard output)")
    command.add_argument("--typename", action="store_true", help="also with the __typename that Apollo and urql add")
    command.set_defaults(command=server_command("documents"))

    command = commands.add_parser("ide", help="install the GraphQL IDE that /graphql shows in browsers")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("install", help="fetch its archive, check it, and keep it")
    source = action.add_mutually_exclusive_group()
    source.add_argument("--registry", metavar="URL", help="a registry of npm packages (the one npm is configured with)")
    source.add_argument("--file", metavar="FILE", help="the archive itself, as `npm pack` fetches it")
    action.add_argument("--config", metavar="FILE", help="settings in TOML; the environment overrides them")
    action.set_defaults(command=server_command("ide install"))

    clients.add_users(commands)
    clients.add_publish(commands)
    return root


def server_command(name: str) -> Callable[[argparse.Namespace], int]:
    """The command of this name."""

    def command(options: argparse.Namespace) -> int:
        from facade.cli.server_side import run  # noqa: PLC0415 - a client does not wait until the server is loaded

        return run(name, options)

    return command
