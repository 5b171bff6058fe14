"""What all the commands that are clients have in common."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from facade import sandbox
from facade.v1 import bulk_pb2, publish_pb2
from tests.certificates import HERE
from tests.client.runs import Commands
from tests.client.test_publish import events
from tests.client.test_users import roster
from tests.tls import SERVERS, SERVICE, secured

LOADED = """
import sys
from facade.cli import parser
parser()
print([name for name in sys.modules if name.startswith("facade.client")])
"""


async def done(
    requests: AsyncIterator[publish_pb2.PublishStreamRequest], _context: Any
) -> AsyncIterator[publish_pb2.PublishStreamResponse]:
    """A PublishStream that says of each item that it is done."""
    async for request in requests:
        result = bulk_pb2.ItemResult(item_id=request.item.item_id, message="done")
        yield publish_pb2.PublishStreamResponse(result=result)


@asynccontextmanager
async def publishing(credentials: grpc.ServerCredentials | None = None) -> AsyncIterator[str]:
    """The address of a server that publishes nothing and says that it has."""
    server = grpc.aio.server()
    stream = grpc.stream_stream_rpc_method_handler(
        done,
        publish_pb2.PublishStreamRequest.FromString,
        publish_pb2.PublishStreamResponse.SerializeToString,
    )
    service = grpc.method_handlers_generic_handler("facade.v1.PublishService", {"PublishStream": stream})
    server.add_generic_rpc_handlers((service,))
    add = "127.0.0.1:0"
    port = server.add_secure_port(add, credentials) if credentials else server.add_insecure_port(add)
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


def test_the_server_does_not_load_what_only_clients_need() -> None:
    printed = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"


async def test_at_a_terminal_there_is_a_bar(commands: Commands) -> None:
    file = events(commands.place, 300)
    with file.open("a") as opened:
        opened.write("no json\n")
    async with commands.at_terminal("publish", file.name) as terminal:
        assert await terminal.status() == 1
    assert "━━━━" in terminal.shown
    assert "301/301 1 failed" in terminal.shown
    assert "/s 0:00:0" in terminal.shown
    assert "301 records: 300 done, 1 refused; " in terminal.shown


async def test_elsewhere_there_is_none(commands: Commands) -> None:
    ended = await commands.run("publish", events(commands.place, 3).name)
    assert (ended.status, ended.out) == (0, "")
    assert len(ended.errors.splitlines()) == 1
    assert ended.errors.startswith("3 records: 3 done; ")


async def test_tls_is_spoken_and_checked(commands: Commands) -> None:
    file = events(commands.place, 3)
    server, ca = SERVERS.issue(*HERE), SERVERS.write(commands.place)
    async with publishing(grpc.ssl_server_credentials([(server.key, server.certificate)])) as address:
        at = replace(commands, address=address)
        assert (await at.run("publish", file.name, "--ca", ca)).status == 0
        ended = await at.run("publish", file.name, "--tls")
        assert (ended.status, ended.last) == (1, f"facade: cannot reach a facade at {address} [UNAVAILABLE]")
    ended = await commands.run("publish", file.name, "--ca", "nowhere.pem")
    assert ended.status == 2
    assert ended.errors == "facade: --ca: cannot read nowhere.pem: No such file or directory\n"


async def test_a_certificate_is_shown_to_a_facade_that_demands_one(tmp_path: Path) -> None:
    certificate, key = SERVICE.write(tmp_path, "service")
    async with secured(tmp_path, mutual=True) as secure:
        commands = Commands(secure.facade.grpc, tmp_path)
        list_ = ("users", "list", "--ca", SERVERS.write(tmp_path))
        ended = await commands.run(*list_, "--certificate", certificate, "--key", key)
        assert (ended.status, ended.errors, len(ended.out.splitlines())) == (0, "", 251)
        assert (await commands.run(*list_)).status == 1
        ended = await commands.run(*list_, "--key", key)
    assert (ended.status, ended.errors) == (2, "facade: --certificate and --key: one needs the other\n")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_memory_does_not_grow_with_the_file(commands: Commands) -> None:
    line = '{"entity": "db-7", "text": "' + "x" * 1000 + '"}\n'
    async with publishing() as address:
        at = replace(commands, address=address)
        peaks = []
        for name, count in (("small.jsonl", 1000), ("large.jsonl", 20_000)):
            (commands.place / name).write_text(line * count)
            peaks.append(await at.peak("publish", name, "--outcomes", f"{name}.csv"))
    assert peaks[1] - peaks[0] < 8 * 1024**2, "the large file has 20 MB"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_memory_hardly_grows_with_the_roster(commands: Commands) -> None:
    peaks = [
        await commands.peak("users", "add", roster(commands.place, count, f"n{count}-").name) for count in (200, 10_000)
    ]
    assert peaks[1] - peaks[0] < 16 * 1024**2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("publish", "nowhere.jsonl"), "nowhere.jsonl: cannot be read: No such file or directory"),
        (("publish", "."), ".: cannot be read: is a directory"),
        (("publish", "-", "--outcomes", "out.txt"), "--outcomes: out.txt must end in .csv, .json or .jsonl"),
        (
            ("publish", "-", "--outcomes", "no/out.csv"),
            "--outcomes: cannot write no/out.csv: No such file or directory",
        ),
        (("publish", "-", "--resume", "no.csv"), "--resume: cannot read no.csv: No such file or directory"),
        (("users", "list", "--output", "no/all.csv"), "--output: cannot write no/all.csv: No such file or directory"),
    ],
)
async def test_misuse_is_one_line(arguments: tuple[str, ...], said: str, commands: Commands) -> None:
    ended = await commands.run(*arguments)
    assert (ended.status, ended.out, ended.errors) == (2, "", f"facade: {said}\n")


@pytest.mark.parametrize("text", ["item_id\n1\n", "item_id,outcome\n1,perhaps\n", '{"item_id": 1}\n', "1\n"])
async def test_what_is_no_file_of_outcomes_is_not_resumed(
    text: str, commands: Commands, upstream: sandbox.Running
) -> None:
    name = "out.csv" if text.startswith("item") else "out.jsonl"
    (commands.place / name).write_text(text)
    ended = await commands.run("publish", "-", "--resume", name)
    assert (ended.status, ended.errors) == (2, f"facade: --resume: {name} is not a file of outcomes\n")
    assert upstream.state.log.entries() == []


@pytest.mark.parametrize("option", [("--timeout", "0"), ("--timeout", "soon"), ("--kind", "rumour")])
async def test_an_argument_that_means_nothing_is_misuse(option: tuple[str, str], commands: Commands) -> None:
    ended = await commands.run("publish", "-", *option)
    assert ended.status == 2
    assert option[0] in ended.last


async def test_time_that_is_over_is_told(commands: Commands) -> None:
    async with commands.started("publish", "-", "--timeout", "0.5", given=True) as process:
        errors = await drained(process)  # its standard input stays open
    assert process.returncode == 1
    assert "DEADLINE_EXCEEDED" in errors.decode().splitlines()[-1]


async def drained(process: Any) -> bytes:
    """What is written to standard error until the end, while standard input stays open."""
    errors: bytes = await process.stderr.read()
    await process.wait()
    return errors


async def test_whoever_stops_reading_ends_it(commands: Commands) -> None:
    async with commands.started("users", "list") as process:
        assert process.stdout is not None
        process.stdout._transport.close()  # type: ignore[attr-defined]  # what `head` does
        errors = await drained(process)
    assert process.returncode == 1
    assert errors == b""
