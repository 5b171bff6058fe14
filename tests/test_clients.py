"""What runs the clients: it must not take a client at its word. The clients themselves are run by `.ci/run`."""

import json
import re
from pathlib import Path

import pytest

from clients.client import Client, ClientError, Tool
from clients.contract import HEALTH, LEFT_OUT, REASONS, root_fields, rpcs
from clients.serving import Serving
from clients.table import CLIENTS
from clients.told import check, read
from facade.errors import Reason
from facade.graphql import schema
from facade.rpc.server import descriptor_set

PYTHON = Tool("python3", "--version", (3,))
RPCS = rpcs(descriptor_set())
GRPC = [client for client in CLIENTS if client.face == "gRPC"]
ids = [client.name for client in CLIENTS]


def told(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_what_a_client_tells_is_read() -> None:
    run = read("x", told("ok a/B", "retried a/B", "error NOT_FOUND USER_NOT_FOUND", "x: 1 operations, 1 errors"))
    assert run.operations == {"a/B"}
    assert run.errors == ("NOT_FOUND USER_NOT_FOUND",)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("ok a/B",),
        ("x: 1 operations, 0 errors",),
        ("ok a/B", "x: 2 operations, 0 errors"),
        ("ok a/B", "ok a/B", "x: 2 operations, 0 errors"),
        ("ok a/B", "error NOT_FOUND -", "x: 1 operations, 0 errors"),
        ("ok a/B", "y: 1 operations, 0 errors"),
        ("x: 1 operations, 0 errors", "ok a/B"),
    ],
)
def test_a_client_that_does_not_count_what_it_tells_has_failed(lines: tuple[str, ...]) -> None:
    with pytest.raises(ClientError, match="closed with"):
        read("x", told(*lines))


def test_a_client_must_call_the_whole_list_and_meet_the_reasons() -> None:
    run = read("x", told("ok a/B", "ok a/C", "error NOT_FOUND GONE", "x: 2 operations, 1 errors"))
    check("x", run, {"a/B", "a/C"}, {"GONE"})
    with pytest.raises(ClientError, match="did not call a/D"):
        check("x", run, {"a/B", "a/C", "a/D"}, {"GONE"})
    with pytest.raises(ClientError, match="called a/C, which is not published"):
        check("x", run, {"a/B"}, {"GONE"})
    with pytest.raises(ClientError, match="did not meet THERE"):
        check("x", run, {"a/B", "a/C"}, {"GONE", "THERE"})


def test_the_list_is_what_is_published() -> None:
    assert "facade.v1.PublishService/PublishStream" in RPCS
    assert HEALTH in RPCS
    assert {"Query.user", "Mutation.createUser", "Subscription.syncUsers"} < root_fields(schema.sdl().encode())


def test_each_reason_is_met_or_left_out_by_name() -> None:
    assert LEFT_OUT.keys() < set(Reason)
    assert REASONS["gRPC"] < REASONS["GraphQL"] <= {reason.value for reason in Reason} - LEFT_OUT.keys()


def test_the_log_tells_which_calls_were_answered(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    lines = [
        {"method": "/a/Before", "code": "OK"},
        {"method": "/a/B", "code": "OK"},
        {"method": "/a/C", "code": "UNKNOWN"},
    ]
    log.write_text(told(*map(json.dumps, lines)), encoding="utf-8")
    since = len(told(json.dumps(lines[0])))
    assert Serving("", "", "", log).answered(since) == {"a/B"}


def test_a_tool_that_is_not_there_or_too_old_is_named() -> None:
    assert PYTHON.missing() is None
    assert Tool("no-such-tool", "--version", (1,)).missing() == "no-such-tool is not installed"
    assert re.fullmatch(
        r"python3 is 3\.[\d.]+, and 99\.1 or newer is needed", str(Tool("python3", "--version", (99, 1)).missing())
    )


def test_a_client_that_ends_with_another_status_than_0_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "folder", Path(__file__).parent)
    failing = Client("x", "gRPC", (), ("python3 -c raise(SystemExit(3))",), "no-such-tool")
    with pytest.raises(ClientError, match="ended with 3"):
        failing.made({}, {"PATH": "/usr/bin:/bin"})
    with pytest.raises(ClientError, match="no-such-tool is not installed"):
        failing.printed({"PATH": "/usr/bin:/bin"})


@pytest.mark.parametrize("client", CLIENTS, ids=ids)
def test_a_client_says_how_it_is_built(client: Client) -> None:
    assert (client.folder / "README.md").is_file()


@pytest.mark.parametrize("client", GRPC, ids=[client.name for client in GRPC])
def test_code_is_generated_on_this_machine(client: Client) -> None:
    recipe = (client.folder / "buf.gen.yaml").read_text(encoding="utf-8")
    assert "local:" in recipe
    assert "remote:" not in recipe


@pytest.mark.parametrize("client", CLIENTS, ids=ids)
def test_a_lock_file_tells_no_address(client: Client) -> None:
    for lock in client.folder.glob("package-lock.json"):
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
        assert all("resolved" not in package for package in packages.values())
        assert all("integrity" in package for path, package in packages.items() if path)
