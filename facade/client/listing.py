"""`facade users list`: all users, or an error; never a part of them."""

import argparse
import asyncio
import csv
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc
from rich.console import Console
from rich.table import Table
from rich.text import Text

from facade.client.connection import connected, target
from facade.client.credentials import Credentials, basic
from facade.client.failure import MisuseError, call_error, printable
from facade.client.progress import meter
from facade.client.stop import Stop
from facade.v1 import provisioning_pb2 as pb
from facade.v1.provisioning_pb2_grpc import ProvisioningServiceStub

FIELDS = [(field.name, field.json_name) for field in pb.User.DESCRIPTOR.fields]
TABLE_WIDTH = 160  # of a table that goes to no terminal


def listing(options: argparse.Namespace) -> int:
    """Prints all users or writes them to a file; the exit status."""
    credentials = basic()
    users = asyncio.run(received(options, credentials))
    text = FORMATS[options.format](users)
    if options.output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write(options.output, text)
    return 0


async def received(options: argparse.Namespace, credentials: Credentials) -> list[pb.User]:
    """All users. CallError if there may be more."""
    users = []
    async with connected(target(options)) as channel:
        with Stop.on_interrupt(patient=False), meter("list", None) as progress:
            call: Any = ProvisioningServiceStub(channel).StreamUsers(
                pb.StreamUsersRequest(), metadata=credentials.metadata, timeout=options.timeout
            )
            try:
                async for response in call:
                    users.append(response.user)
                    progress.advance(0)
            except grpc.aio.AioRpcError as error:
                raise call_error(error) from None
    return users


def as_csv(users: Sequence[pb.User]) -> str:
    """What `facade users add` and `sync` read."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(name for _, name in FIELDS)
    writer.writerows([shown(getattr(user, field)) for field, _ in FIELDS] for user in users)
    return text.getvalue()


def as_json(users: Sequence[pb.User]) -> str:
    """An array, one user a line."""
    objects = ({name: getattr(user, field) for field, name in FIELDS} for user in users)
    return "[" + ",".join("\n" + json.dumps(each, ensure_ascii=False) for each in objects) + "\n]\n"


def as_table(users: Sequence[pb.User]) -> str:
    """For reading; a right that a user has is marked."""
    table = Table(*(name for _, name in FIELDS))
    for user in users:
        values = (getattr(user, field) for field, _ in FIELDS)
        table.add_row(*(Text(printable(each) if isinstance(each, str) else "x" * each) for each in values))
    console = Console(file=io.StringIO(), width=None if sys.stdout.isatty() else TABLE_WIDTH)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def shown(value: str | bool) -> str:
    """A cell."""
    return value if isinstance(value, str) else str(value).lower()


FORMATS: dict[str, Callable[[Sequence[pb.User]], str]] = {"csv": as_csv, "json": as_json, "table": as_table}


def write(path: str, text: str) -> None:
    """Writes a file, all of it or nothing. MisuseError if it cannot be written."""
    part = Path(f"{path}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise MisuseError(f"--output: cannot write {path}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
