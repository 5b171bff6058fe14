"""Builds and runs the clients against one facade on its sandbox: `python -m clients [NAME ...]`.

Each is generated from what this facade publishes. Prints each client's closing line, and which are left out since what
they need is not there. The exit status is 1 if one failed: it could not be built, an answer was not what it must be, or
an operation of the contract was not called.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from clients.client import Client, ClientError
from clients.contract import REASONS, root_fields, rpcs
from clients.serving import Serving, serving
from clients.table import CLIENTS
from clients.told import Told, check, read


def ran(client: Client, facade: Serving, files: dict[str, Path]) -> Told:
    """Builds a client, runs it, and checks what it told. ClientError if something is wrong."""
    environment = facade.environment()
    client.made({"python": sys.executable} | {name: str(path) for name, path in files.items()}, environment)
    told = read(client.name, client.printed(environment))
    operations = rpcs if client.face == "gRPC" else root_fields
    published = files["descriptor" if client.face == "gRPC" else "schema"].read_bytes()
    check(client.name, told, operations(published), REASONS[client.face])
    return told


def each(clients: list[Client], facade: Serving, scratch: Path) -> int:
    """Runs the clients in turn and prints what comes of each. How many failed."""
    files = {"descriptor": scratch / "facade.binpb", "schema": scratch / "schema.graphql"}
    for path in files.values():
        path.write_bytes(facade.published("/descriptor.binpb" if path.suffix == ".binpb" else "/schema.graphql"))
    failed = 0
    for client in clients:
        if problem := client.missing():
            print(f"{client.name}: left out: {problem}", flush=True)
            continue
        try:
            print(ran(client, facade, files).closing, flush=True)
        except ClientError as error:
            failed += 1
            print(error, file=sys.stderr, flush=True)
    return failed


def main() -> int:
    """Runs those that are named, or all."""
    names = [client.name for client in CLIENTS]
    parser = argparse.ArgumentParser(prog="python -m clients", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", metavar="NAME", nargs="*", choices=[*names, []], help=f"of {', '.join(names)}")
    chosen = parser.parse_args().names or names
    with serving() as facade, tempfile.TemporaryDirectory() as scratch:
        return int(each([client for client in CLIENTS if client.name in chosen], facade, Path(scratch)) > 0)


if __name__ == "__main__":
    sys.exit(main())
