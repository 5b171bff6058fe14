"""Builds and runs the clients against one facade on its sandbox: `python -m clients [NAME ...]`.

Each is generated from what this facade publishes. Prints each client's closing line, and which are left out since what
they need is not there. Those of gRPC are run once more, against a facade that wants a certificate of its clients. The
exit status is 1 if one failed: it could not be built, an answer was not what it must be, or an operation of the
contract was not called.
"""

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from clients.client import Client, ClientError
from clients.contract import HEALTH, REASONS, root_fields, rpcs
from clients.serving import Serving, serving
from clients.table import CLIENTS
from clients.told import Told, check, read

SIDE_BY_SIDE = 2  # clients that are built at a time: a build waits for what it downloads


def ran(client: Client, facade: Serving, files: dict[str, Path]) -> Told:
    """Runs a client and checks what it told. ClientError if something is wrong."""
    since = facade.log.stat().st_size
    told = read(client.name, client.printed(facade.environment()))
    grpc = client.face == "gRPC"
    published = rpcs(files["descriptor"].read_bytes()) if grpc else root_fields(files["schema"].read_bytes())
    check(client.name, told, published, REASONS[client.face])
    answered = facade.answered(since)
    called = told.operations - {HEALTH}  # checks of health are not logged
    if silent := sorted(each for each in called if logged(each, client) not in answered):
        raise ClientError(f"{client.name}: the facade has not answered {', '.join(silent)}")
    return told


def logged(operation: str, client: Client) -> str:
    """What the facade's log calls it: a GraphQL request has the name of its first field, as `query user`."""
    root, _, field = operation.partition(".")
    return operation if client.face == "gRPC" else f"{root.lower()} {field}"


def each(clients: list[Client], facades: list[Serving], scratch: Path) -> int:
    """Builds and runs the clients in turn, and prints what comes of each. How many failed."""
    plain, secure = facades
    files = {"descriptor": scratch / "facade.binpb", "schema": scratch / "schema.graphql"}
    for path in files.values():
        path.write_bytes(plain.published("/descriptor.binpb" if path.suffix == ".binpb" else "/schema.graphql"))
    words = {"python": sys.executable} | {name: str(path) for name, path in files.items()}
    failed = 0
    found = {client: problem for client in clients if (problem := client.missing())}
    for client, problem in found.items():
        print(f"{client.name}: left out: {problem}", flush=True)
    chosen = [client for client in clients if client not in found]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        made = {client: pool.submit(client.made, words, plain.environment()) for client in chosen}
    for client in chosen:
        try:
            made[client].result()
            print(ran(client, plain, files).closing, flush=True)
            if client.face == "gRPC":
                print(f"{ran(client, secure, files).closing}, over mutual TLS", flush=True)
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
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        facades = [stack.enter_context(serving(scratch, tls=tls)) for tls in (False, True)]
        return int(each([client for client in CLIENTS if client.name in chosen], facades, scratch) > 0)


if __name__ == "__main__":
    sys.exit(main())
