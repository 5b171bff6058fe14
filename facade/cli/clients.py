"""The commands that are clients of a running facade: their arguments. What they do is in `facade.client`."""

import argparse
import os
from collections.abc import Callable
from typing import Any

KINDS = ("event", "metric", "entity_topology", "service_topology", "healthcheck")
TIMEOUT = 3600.0  # seconds; the facade gives a stream no more unless it is told to
OUTCOMES = "one row an item: .csv, or .json or .jsonl for JSON lines"
Commands = Any  # argparse does not name the type of what add_subparsers returns


def add_users(commands: Commands) -> None:
    """`facade users …`."""
    users = commands.add_parser("users", help="list, add, remove or sync BPM users, through a running facade")
    actions = users.add_subparsers(required=True, metavar="ACTION")

    action = actions.add_parser("list", parents=[connection()], help="print all users")
    action.add_argument("--format", choices=("csv", "json", "table"), default="csv", help="(%(default)s)")
    action.add_argument("--output", metavar="FILE", help="write it to FILE instead, all of it or nothing")
    action.set_defaults(command=client("list"))

    for name, what in (("add", "add the users of a file"), ("remove", "delete the users of a file")):
        action = actions.add_parser(name, parents=[connection(), roster(), outcomes()], help=what)
        action.set_defaults(command=client(name))

    action = actions.add_parser(
        "sync", parents=[connection(), roster(), outcomes(resume=False)], help="make the users those of a file"
    )
    action.add_argument("--delete-missing", action="store_true", help="delete the users who are not in FILE")
    action.add_argument("--replace-changed", action="store_true", help="replace those whose name or flags differ")
    action.add_argument(
        "--max-deletes", type=count, metavar="N", help="refuse to delete more (default: a tenth of all users)"
    )
    action.add_argument("--dry-run", action="store_true", help="only show the plan")
    action.add_argument("--all", action="store_true", help="show all addresses of the plan")
    action.add_argument("--yes", action="store_true", help="do not ask before deleting or replacing")
    action.set_defaults(command=client("sync"))


def add_publish(commands: Commands) -> None:
    """`facade publish FILE`."""
    command = commands.add_parser(
        "publish", parents=[connection(), outcomes()], help="publish a file of records, through a running facade"
    )
    command.add_argument("file", metavar="FILE", help="JSON lines, one record a line; - is standard input")
    command.add_argument(
        "--kind", choices=KINDS, default="event", help="of the lines without a field `kind` (%(default)s)"
    )
    command.add_argument(
        "--id-field", metavar="NAME", help="the field that names an item in the outcomes (default: its line number)"
    )
    command.add_argument(
        "--resend-unknown",
        action="store_true",
        help="with --resume: send again what may have been published; it may be published twice",
    )
    command.set_defaults(command=client("publish"))


def connection() -> argparse.ArgumentParser:
    """How the facade is reached."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--address",
        default=os.environ.get("FACADE_GRPC_ADDRESS") or "127.0.0.1:50051",
        help="gRPC address of the facade (%(default)s)",
    )
    options.add_argument("--tls", action="store_true", help="connect with TLS")
    options.add_argument("--ca", metavar="FILE", help="certificates that vouch for the facade, in PEM; means --tls")
    options.add_argument("--certificate", metavar="FILE", help="certificate to show to the facade, in PEM; needs --key")
    options.add_argument("--key", metavar="FILE", help="its private key, in PEM")
    options.add_argument(
        "--timeout", type=seconds, default=TIMEOUT, metavar="SECONDS", help="for all of it (%(default)g)"
    )
    return options


def roster() -> argparse.ArgumentParser:
    """The file of users."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("file", metavar="FILE", help="users in CSV or JSON; - is standard input")
    options.add_argument(
        "--input-format", choices=("csv", "json", "text"), help="of FILE (default: by its suffix, .csv, .json, .txt)"
    )
    return options


def outcomes(*, resume: bool = True) -> argparse.ArgumentParser:
    """Where it is written down what became of each item."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--outcomes", metavar="FILE", help=OUTCOMES)
    if resume:
        options.add_argument(
            "--resume", metavar="FILE", help="outcomes of a run that did not finish: what is done is not sent again"
        )
    return options


def client(name: str) -> Callable[[argparse.Namespace], int]:
    """The command of this name."""

    def command(options: argparse.Namespace) -> int:
        from facade.client.commands import run  # noqa: PLC0415 - `facade serve` does not load what only clients need

        return run(name, options)

    return command


def seconds(text: str) -> float:
    """A time."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError
    return value


def count(text: str) -> int:
    """A number of users."""
    value = int(text)
    if value < 0:
        raise ValueError
    return value
