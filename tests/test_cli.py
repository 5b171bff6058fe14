"""The command line: what each command prints, and its exit status. What lives as a process is in test_cli_processes."""

import asyncio
import json
import socket
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from graphql import build_schema

from facade import sandbox
from facade.access.callers import read
from facade.cli import main
from facade.graphql import schema
from tests.access.files import billing
from tests.access.issuer import key_set

pytestmark = pytest.mark.usefixtures("loggers_as_they_were")

CANARY = "canary-7f3a"
URLS = ("FACADE_TOKEN_URL", "FACADE_PUBLISH_URL", "FACADE_INTEGRATION_URL", "FACADE_BPM_URL")
COMMANDS = ("serve", "sandbox", "check", "schema", "documents", "callers", "users", "publish")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def taken() -> Iterator[str]:
    """An address that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


Refused = Callable[[tuple[str, ...], str, str | None], str]


@pytest.fixture
def refused_with(capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Refused:
    """The line that a command says when one of the files of its settings, all good else, has this content, or none."""

    def say(arguments: tuple[str, ...], setting: str, content: str | None) -> str:
        files = {
            "FACADE_CALLERS": billing(),
            "FACADE_JWT_KEYS": key_set(),
            "FACADE_IEM_PASSWORD_FILE": CANARY,
        }
        for number, (name, good) in enumerate(files.items()):
            file = tmp_path / str(number)
            monkeypatch.setenv(name, str(file))
            text = content if name == setting else good
            if text is not None:
                file.write_text(text)
        for name in ("FACADE_IEM_USER", "FACADE_JWT_ISSUER", "FACADE_JWT_AUDIENCE"):
            monkeypatch.setenv(name, "a")
        monkeypatch.setenv("FACADE_PUBLISH_URL", "http://127.0.0.1:9")
        return refused(capsys, *arguments)

    return say


def refused(capsys: Capture, *arguments: str) -> str:
    """The one line that a command says when a setting stops it."""
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert CANARY not in line
    return line


def test_the_version_is_the_package_s(capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"facade {version('facade')}\n"


@pytest.mark.parametrize("arguments", [[], ["fly"], ["serve", "--fast"], ["schema", "xml"]], ids=" ".join)
def test_a_command_that_is_not_there_is_misuse(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: facade" in capsys.readouterr().err


def test_every_command_is_in_the_help(capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    text = capsys.readouterr().out
    assert [word for word in COMMANDS if word not in text] == []


def test_schema_graphql_prints_the_sdl(capsys: Capture) -> None:
    assert main(["schema", "graphql"]) == 0
    text = capsys.readouterr().out
    assert text == schema.sdl()
    assert build_schema(text).mutation_type is not None


def test_schema_descriptor_writes_all_that_a_grpc_client_needs(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["schema", "descriptor"]) == 0
    files = FileDescriptorSet.FromString(capsysbinary.readouterr().out).file
    services = {f"{file.package}.{service.name}" for file in files for service in file.service}
    assert services == {f"facade.v1.{name}Service" for name in ("Token", "Publish", "Ticket", "Provisioning")}
    seen: set[str] = set()
    for file in files:
        assert seen.issuperset(file.dependency), "a file comes after those that it imports"
        seen.add(file.name)


def test_serve_without_an_upstream_does_not_start(capsys: Capture) -> None:
    assert refused(capsys, "serve").startswith("facade: FACADE_PUBLISH_URL: no upstream is configured")


def test_check_without_an_upstream_says_what_serve_would_say(capsys: Capture) -> None:
    assert refused(capsys, "check").startswith("facade: FACADE_PUBLISH_URL: no upstream is configured")


@pytest.mark.parametrize("name", URLS)
def test_the_sandbox_does_not_start_beside_a_configured_upstream(
    name: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"https://{CANARY}.example")
    assert refused(capsys, "serve", "--sandbox") == f"facade: --sandbox: cannot be combined with {name}"


@pytest.mark.parametrize("command", ["serve", "check"])
def test_an_unknown_setting_stops_the_start(command: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACADE_TOKEN_PASSWORD", CANARY)
    assert refused(capsys, command) == "facade: FACADE_TOKEN_PASSWORD: there is no such setting"


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_wrong_setting_stops_the_start(command: str, capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "facade.toml"
    file.write_text(f'bpm_url = "https://admin:{CANARY}@bpm.example"\n')
    line = refused(capsys, command, "--config", str(file))
    assert line == "facade: bpm_url: must be a URL without credentials, query and fragment"


@pytest.mark.case("J09")
@pytest.mark.parametrize("arguments", [("check",), ("serve",), ("serve", "--workers", "2")], ids=" ".join)
@pytest.mark.parametrize(
    ("setting", "content", "said"),
    [
        ("FACADE_CALLERS", None, "FACADE_CALLERS: cannot read "),
        (
            "FACADE_CALLERS",
            f'[caller.a]\napi_key_sha256 = "{CANARY}"',
            "FACADE_CALLERS: caller 'a': operations: ",
        ),
        ("FACADE_JWT_KEYS", f'"{CANARY}"', "FACADE_JWT_KEYS: is not a JSON Web Key Set"),
        ("FACADE_IEM_PASSWORD_FILE", None, "FACADE_IEM_PASSWORD_FILE: cannot read "),
        ("FACADE_IEM_PASSWORD_FILE", f"{CANARY}\0", "FACADE_IEM_USER: password: must not contain control characters"),
    ],
    ids=["no callers", "wrong callers", "wrong keys", "no password", "wrong password"],
)
def test_a_file_that_a_setting_names_and_that_is_wrong_stops_the_start(
    arguments: tuple[str, ...], setting: str, content: str | None, said: str, refused_with: Refused
) -> None:
    assert refused_with(arguments, setting, content).startswith(f"facade: {said}")


def test_a_new_key_is_printed_with_its_hash_and_never_twice(capsys: Capture) -> None:
    found = set()
    for _ in range(2):
        assert main(["callers", "key"]) == 0
        header, setting = capsys.readouterr().out.splitlines()
        key = header.removeprefix("x-api-key: ")
        found.add(key)
        assert len(key) >= 43, "256 bits, in base64"
        callers = read("x", f'[caller.a]\n{setting}\noperations = ["*"]\n', tokens=False)
        assert callers.with_key(key) is not None
    assert len(found) == 2


@pytest.mark.parametrize("name", ["FACADE_GRPC_ADDRESS", "FACADE_HTTP_ADDRESS"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_address_in_use_stops_the_start(
    name: str, workers: str, taken: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("FACADE_GRPC_ADDRESS", "FACADE_HTTP_ADDRESS"):
        monkeypatch.setenv(each, taken if each == name else "127.0.0.1:0")
    assert refused(capsys, "serve", "--sandbox", "--workers", workers).startswith(
        f"facade: {name}: cannot listen on {taken}"
    )


def test_a_sandbox_whose_address_is_in_use_does_not_start(taken: str, capsys: Capture) -> None:
    line = refused(capsys, "sandbox", "--address", taken)
    assert line.startswith(f"facade: --address: cannot listen on {taken}: ")


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--address", "8090", "must be an address such as"),
        ("--users", "-1", "must be at least 0"),
        ("--token-lifetime", "-1", "must be at least 0"),
    ],
)
def test_a_sandbox_with_a_wrong_option_does_not_start(option: str, value: str, said: str, capsys: Capture) -> None:
    assert said in refused(capsys, "sandbox", option, value)


def test_users_are_the_sandbox_s(capsys: Capture) -> None:
    assert refused(capsys, "serve", "--users", "3") == "facade: --users: is about the sandbox, and needs --sandbox"
    assert "must be at least 0" in refused(capsys, "serve", "--sandbox", "--users", "-1")


@pytest.mark.parametrize("number", ["0", "-1", "65"])
def test_so_many_workers_are_a_mistake(number: str, capsys: Capture) -> None:
    assert refused(capsys, "serve", "--sandbox", "--workers", number) == "facade: --workers: must be from 1 to 64"


def test_workers_are_a_number(capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["serve", "--sandbox", "--workers", "many"])
    assert "argument --workers: invalid int value: 'many'" in capsys.readouterr().err


def test_each_worker_needs_a_place_for_bulk_operations(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACADE_BULK_CONCURRENCY", "2")
    line = refused(capsys, "serve", "--sandbox", "--workers", "3")
    assert line.startswith("facade: FACADE_BULK_CONCURRENCY: must be at least the number of workers (3)")


def test_workers_that_cannot_start_are_no_start(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FACADE_GRPC_ADDRESS", "FACADE_HTTP_ADDRESS"):
        monkeypatch.setenv(name, "127.0.0.1:0")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert main(["serve", "--sandbox", "--workers", "2"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[-1] == "facade: a worker ended before it was ready: exit status 1"


@pytest.mark.anyio
async def test_check_succeeds_where_all_is_well(
    upstream: sandbox.Running, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in URLS[:3]:
        monkeypatch.setenv(name, upstream.url)
    assert await asyncio.to_thread(main, ["check"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"ok    FACADE_TOKEN_URL       {upstream.url} answers and asks for credentials",
        f"ok    FACADE_PUBLISH_URL     {upstream.url} answers that it is running",
        f"ok    FACADE_INTEGRATION_URL {upstream.url} answers and asks for credentials",
        "ok    FACADE_BPM_URL         not configured: its operations are switched off",
    ]


@pytest.mark.anyio
async def test_check_fails_where_one_upstream_is_wrong(
    upstream: sandbox.Running, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACADE_PUBLISH_URL", f"{upstream.url}/nowhere")
    monkeypatch.setenv("FACADE_BPM_URL", upstream.url)
    assert await asyncio.to_thread(main, ["check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["ok", "WRONG", "ok", "ok"]
    assert "(HTTP 404) [UNIMPLEMENTED UPSTREAM_MISCONFIGURED]" in lines[1]


def test_the_documents_of_a_directory_are_listed(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "node_modules").mkdir()
    for name, text in (
        ("node_modules/a.graphql", "{ nothing }"),
        ("a.graphql", "{ publishHealth { ...H } }"),
        ("b.tsx", "gql`fragment H on PublishHealth { message }`"),
        ("c.md", "gql`{`"),
    ):
        (tmp_path / name).write_text(text)
    assert main(["documents", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    ((digest, text),) = json.loads(printed.out).items()
    assert digest == sha256(text.encode()).hexdigest()
    assert text.startswith("{\n  publishHealth {\n    ...H\n  }\n}\n\nfragment H")
    assert printed.err == "facade: 1 documents\n"

    output = tmp_path / "trusted.json"
    assert main(["documents", str(tmp_path / "a.graphql"), str(tmp_path / "b.tsx"), "-o", str(output)]) == 0
    assert output.read_text() == printed.out


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "No such file or directory"), (b"\xff", "is not UTF-8"), (b"{ nothing }", "Cannot query field")],
)
def test_a_source_that_is_wrong_is_named(content: bytes | None, told: str, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "a.graphql"
    if content is not None:
        file.write_bytes(content)
    line = refused(capsys, "documents", str(file), "-o", str(tmp_path / "trusted.json"))
    assert line.startswith(f"facade: {file}")
    assert told in line
    assert not (tmp_path / "trusted.json").exists()
