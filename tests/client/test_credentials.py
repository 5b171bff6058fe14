"""As whom the commands call: the environment or a prompt, and never where others could read it."""

from dataclasses import replace
from pathlib import Path

import pytest

from facade import sandbox
from facade.client import credentials
from facade.server import running
from tests.access.files import KEY, OWN, billing, callers
from tests.client.runs import Commands
from tests.support import settings_for

CANARY = "canary-7f3a"
USER = ("FACADE_USER", "api@example.com")
PASSWORD = ("FACADE_PASSWORD", "sandbox")


async def test_both_are_asked_for_and_the_password_is_not_shown(commands: Commands) -> None:
    async with replace(commands, account=()).at_terminal("users", "list", "--output", "all.csv") as terminal:
        await terminal.until("User: ")
        terminal.type("api@example.com\n")
        await terminal.until("Password: ")
        terminal.type("sandbox\n")
        assert await terminal.status() == 0
    assert terminal.shown.split("Password: ")[1].strip().count("sandbox") == 0
    assert len((commands.place / "all.csv").read_text().splitlines()) == 251


async def test_only_what_is_missing_is_asked_for(commands: Commands) -> None:
    async with replace(commands, account=(USER,)).at_terminal("users", "list") as terminal:
        await terminal.until("Password: ")
        assert "User: " not in terminal.shown
        terminal.type("wrong\n")
        assert await terminal.status() == 1
    assert "[UNAUTHENTICATED INVALID_CREDENTIALS]" in terminal.shown


async def test_ctrl_c_at_the_prompt_ends_it(commands: Commands) -> None:
    async with replace(commands, account=(USER,)).at_terminal("users", "list") as terminal:
        await terminal.until("Password: ")
        terminal.interrupt()
        assert await terminal.status() == 130
    assert "Traceback" not in terminal.shown


async def test_nothing_given_is_misuse(commands: Commands) -> None:
    async with replace(commands, account=()).at_terminal("users", "list") as terminal:
        await terminal.until("User: ")
        terminal.type("\x04")
        assert await terminal.status() == 2
    assert "facade: FACADE_USER: is not set, and nothing was given" in terminal.shown


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ((), "FACADE_USER: is not set, and there is no terminal to ask at"),
        ((USER,), "FACADE_PASSWORD: is not set, and there is no terminal to ask at"),
        ((("FACADE_USER", f"a:{CANARY}"), PASSWORD), "FACADE_USER: must not contain a colon"),
        ((("FACADE_TOKEN", f"two {CANARY}"),), "FACADE_TOKEN: is not a token"),
        ((("FACADE_API_KEY", f"two {CANARY}"),), "FACADE_API_KEY: is not a key"),
    ],
)
async def test_without_credentials_nothing_is_sent(
    account: tuple[tuple[str, str], ...], said: str, commands: Commands, upstream: sandbox.Running
) -> None:
    ended = await replace(commands, account=account).run("publish", "-", given="{}\n")
    assert (ended.status, ended.out, ended.errors) == (2, "", f"facade: {said}\n")
    assert upstream.state.log.entries() == []


async def test_a_wrong_password_appears_nowhere(commands: Commands) -> None:
    wrong = replace(commands, account=(USER, ("FACADE_PASSWORD", CANARY)))
    (commands.place / "one.csv").write_text("mail,cn,sn\none@example.com,One,Example\n")
    for arguments in (("users", "list"), ("users", "add", "one.csv", "--outcomes", "out.csv"), ("publish", "-")):
        ended = await wrong.run(*arguments, given="{}\n")
        assert ended.status == 1
        assert CANARY not in ended.out + ended.errors
    assert CANARY not in (commands.place / "out.csv").read_text()


async def test_no_option_takes_a_secret(commands: Commands) -> None:
    for arguments in (("users", "list"), ("users", "sync"), ("publish",)):
        text = (await commands.run(*arguments, "--help")).out.lower()
        assert [word for word in ("password", "token", "user ") if f"--{word}" in text] == []


def test_they_are_not_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACADE_TOKEN", CANARY)
    assert CANARY not in repr(credentials.basic_or_token())


async def test_a_facade_that_knows_its_callers_is_called_with_a_key(
    commands: Commands, upstream: sandbox.Running, tmp_path: Path
) -> None:
    settings = settings_for(upstream.url, callers=callers(tmp_path, billing()), **OWN)
    async with running(settings) as facade:
        known = replace(commands, address=facade.grpc, account=(("FACADE_API_KEY", KEY), ("FACADE_TOKEN", CANARY)))
        assert len((await known.run("users", "list")).out.splitlines()) == 251
        assert (await known.run("publish", "-", given='{"entity": "e"}\n')).status == 0
        wrong = await replace(known, account=(("FACADE_API_KEY", CANARY),)).run("users", "list")
    assert wrong.status == 1
    assert "[UNAUTHENTICATED CALLER_NOT_AUTHENTICATED]" in wrong.errors
    assert CANARY not in wrong.errors
