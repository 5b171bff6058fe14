"""The calls to paste do what they say: each is run against a facade."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from facade.console.calls import WAYS, Target
from facade.console.literals import literal, quoted
from facade.console.operations import Operation, operations
from facade.graphql.schema import executable
from facade.rpc.server import FILES
from facade.server import Running, running
from tests.access.files import KEY, OWN, billing, callers
from tests.support import settings_for

pytestmark = pytest.mark.anyio

ALL = operations(FILES, executable())
BY_NAME = {each.rpc.name: each for each in ALL}
WAY = {way.name: way for way in WAYS}
# The examples are about one user, who must be there before it is read.
ORDER = sorted(ALL, key=lambda each: each.rpc.name != "CreateUser")
SCRIPTS = Path(sys.executable).parent
ENVIRONMENT = {"FACADE_USER": "api@example.com", "FACADE_PASSWORD": "sandbox", "FACADE_API_KEY": KEY}


def target_of(facade: Running, *, keys: bool = False) -> Target:
    return Target(facade.grpc, facade.http, keys=keys)


def failed(printed: str) -> bool:
    """Whether it is an error, of the call or of the program; one of an item is told as well."""
    return '"errors"' in printed or "'errors'" in printed or not printed.strip()


async def run(*command: str) -> str:
    """What a program prints. AssertionError if it fails."""
    environment = {**os.environ, **ENVIRONMENT, "PATH": f"{SCRIPTS}:{os.environ['PATH']}"}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    printed, complained = await process.communicate()
    assert process.returncode == 0, (command[-1], complained.decode())
    return printed.decode()


def run_python(call: str) -> str:
    """What a Python program prints."""
    printed = StringIO()
    with redirect_stdout(printed):
        exec(compile(call, "call", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def keyed(upstream: object, tmp_path: Path) -> AsyncIterator[Running]:
    """A facade whose callers show a key."""
    url = upstream.url  # type: ignore[attr-defined]  # the sandbox's
    async with running(settings_for(url, callers=callers(tmp_path, billing()), **OWN)) as facade:
        yield facade


async def all_run(way: str, facade: Running) -> None:
    """Runs all calls of a way, in one program where that is possible."""
    target = target_of(facade)
    for operation in ORDER:
        call = WAY[way].call(operation, target)
        if call is None:
            assert operation.field is None
            continue
        printed = await asyncio.to_thread(run_python, call) if way.startswith("python") else await run("sh", "-c", call)
        assert not failed(printed) or operation.rpc.name == "DeleteUser", (call, printed)  # its answer is empty


@pytest.mark.parametrize("way", ["python-grpc", "python-graphql"])
@pytest.mark.usefixtures("signed_in")
async def test_python(way: str, facade: Running) -> None:
    await all_run(way, facade)


async def test_buf(facade: Running) -> None:
    await all_run("buf", facade)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl(facade: Running) -> None:
    await all_run("curl", facade)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
async def test_typescript_that_is_also_javascript(facade: Running, tmp_path: Path) -> None:
    calls = [call for each in ORDER if (call := WAY["typescript"].call(each, target_of(facade)))]
    script = tmp_path / "calls.mjs"
    script.write_text("".join(f"{{\n{call}\n}}\n" for call in calls))
    printed = await run("node", str(script))
    assert "errors:" not in printed
    assert printed.count("data: {") == len(calls)
    assert "event: next" in printed


@pytest.mark.usefixtures("signed_in")
async def test_callers_with_a_key_are_given_calls_with_a_key(keyed: Running) -> None:
    target = target_of(keyed, keys=True)
    for way, name in (("python-grpc", "ListUsers"), ("python-graphql", "SyncUsers"), ("python-graphql", "ListUsers")):
        call = WAY[way].call(BY_NAME[name], target)
        assert call is not None
        assert not failed(await asyncio.to_thread(run_python, call))
    for way in ("buf", "curl"):
        call = WAY[way].call(BY_NAME["ListUsers"], target)
        assert call is not None
        assert not failed(await run("sh", "-c", call))


def test_what_is_offered_over_grpc_alone_has_no_call_over_graphql() -> None:
    target = Target("g:1", "http://h:2")
    without = {each.rpc.name for each in ALL if WAY["curl"].call(each, target) is None}
    assert without == {"PublishStream", "StreamUsers"}


def test_over_tls_calls_say_so() -> None:
    target = Target("g:1", "https://h:2", secure=True)
    operation: Operation = BY_NAME["GetUser"]
    assert "https://g:1/" in str(WAY["buf"].call(operation, target))
    assert "secure_channel" in str(WAY["python-grpc"].call(operation, target))


def test_a_text_stays_one_word_of_a_shell_and_a_value_one_of_python() -> None:
    assert subprocess.check_output(["sh", "-c", f"printf %s {quoted(chr(39) + '$x `y`')}"], text=True) == "'$x `y`"
    assert eval(literal({"a": True, "b": [False, "x: true"]})) == {"a": True, "b": [False, "x: true"]}
