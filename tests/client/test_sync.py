"""`facade users sync`: the plan, the question, the run."""

import csv
import io
import re
from pathlib import Path

import pytest

from facade import sandbox
from tests.client.runs import Commands
from tests.client.test_users import rows
from tests.support import set_faults, until

ALL = ("--delete-missing", "--replace-changed")


async def wanted(commands: Commands, *, drop: int = 0, change: int = 0, add: int = 0) -> Path:
    """A roster that is the account's users but the last ones, with changes after the two accounts, and new ones."""
    listed = list(csv.reader(io.StringIO((await commands.run("users", "list")).out)))
    header, users = listed[0], listed[1 : len(listed) - drop]
    for user in users[2 : 2 + change]:
        user[2] = "Changed"
    users += [[f"new{number}@example.com", "New", str(number), "", "", "", "", ""] for number in range(add)]
    file = commands.place / "roster.csv"
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([header, *users])
    return file


def planned(out: str) -> dict[str, int]:
    """The numbers of a table."""
    lines = [[cell.strip() for cell in line.split("│")[1:3]] for line in out.splitlines() if "│" in line]
    return {name: int(number) for name, number in lines if name}


def mails(upstream: sandbox.Running) -> set[str]:
    return {str(user["mail"]) for user in upstream.state.roster.page(0, 99_999)}


async def test_a_dry_run_shows_the_plan_and_changes_nothing(commands: Commands, upstream: sandbox.Running) -> None:
    file = await wanted(commands, drop=12, change=3, add=2)
    before = mails(upstream)
    ended = await commands.run("users", "sync", file.name, *ALL, "--dry-run")
    assert (ended.status, ended.errors) == (0, "")
    assert planned(ended.out) == {"add": 2, "replace": 3, "delete": 12, "keep": 235}
    assert "and 2 more (--all shows them)" in ended.out
    assert "user248@example.com" not in ended.out
    ended = await commands.run("users", "sync", file.name, *ALL, "--dry-run", "--all")
    assert "user248@example.com" in ended.out
    assert mails(upstream) == before


async def test_without_options_it_adds_and_takes_nothing_away(commands: Commands, upstream: sandbox.Running) -> None:
    file = await wanted(commands, drop=12, change=3, add=2)
    ended = await commands.run("users", "sync", file.name, "--outcomes", "out.csv")
    assert ended.status == 0, ended.errors
    assert ended.errors.startswith("2 users: 2 done; ")
    assert rows(commands.place / "out.csv") == {"new0@example.com": "done", "new1@example.com": "done"}
    assert len(mails(upstream)) == 252
    again = await commands.run("users", "sync", file.name)
    assert (again.status, again.errors) == (0, "")


async def test_where_there_is_no_terminal_nothing_is_deleted_unasked(
    commands: Commands, upstream: sandbox.Running
) -> None:
    file = await wanted(commands, drop=12, add=1)
    ended = await commands.run("users", "sync", file.name, *ALL)
    assert ended.status == 2
    text = "facade: --yes: is required to delete or replace users where there is no terminal to ask at\n"
    assert ended.errors == text
    assert len(mails(upstream)) == 250


async def test_a_sync_whose_outcomes_cannot_be_written_is_stopped_and_says_so(
    commands: Commands, upstream: sandbox.Running
) -> None:
    file = await wanted(commands, drop=12, change=3, add=200)
    arguments = ("users", "sync", file.name, *ALL, "--yes", "--outcomes", "out.csv")
    ended = await commands.on_full_disk(200, *arguments)
    assert ended.status == 1
    told = (
        r"facade: --outcomes: cannot write out.csv: File too large; not in it: \d+ done, \d+ unknown"
        r"; run it again to finish"
    )
    assert re.fullmatch(told, ended.last), ended.errors
    assert re.match(r"215 users: \d+ done, \d+ unknown; ", ended.errors)
    ended = await commands.run(*arguments)
    assert ended.status == 0, ended.errors
    with file.open(newline="") as opened:
        assert mails(upstream) == {row["mail"] for row in csv.DictReader(opened)}


async def test_with_yes_it_does_as_planned(commands: Commands, upstream: sandbox.Running) -> None:
    file = await wanted(commands, drop=12, change=3, add=2)
    ended = await commands.run("users", "sync", file.name, *ALL, "--yes", "--outcomes", "out.jsonl")
    assert ended.status == 0, ended.errors
    _, _, summary = ended.out.partition("Summary")
    assert planned(summary) == {
        "added": 2,
        "replaced": 3,
        "deleted": 12,
        "kept": 235,
        "failed": 0,
        "not attempted": 0,
    }
    with file.open(newline="") as opened:
        assert mails(upstream) == {row["mail"] for row in csv.DictReader(opened)}
    again = await commands.run("users", "sync", file.name, *ALL)
    assert planned(again.out) == {"add": 0, "replace": 0, "delete": 0, "keep": 240}


@pytest.mark.parametrize(("answer", "status", "left"), [("y", 0, 240), ("n", 1, 250), ("", 1, 250)])
async def test_it_asks_before_it_takes_away(
    answer: str, status: int, left: int, commands: Commands, upstream: sandbox.Running
) -> None:
    file = await wanted(commands, drop=12, change=1, add=2)
    async with commands.at_terminal("users", "sync", file.name, *ALL) as terminal:
        await terminal.until("Delete 12 and replace 1 user? [y/N] ")
        assert len(upstream.state.roster) == 250
        terminal.type(f"{answer}\n")
        assert await terminal.status() == status
    assert len(upstream.state.roster) == left
    assert ("facade: Nothing was changed." in terminal.shown) is (status == 1)
    if status == 0:
        assert "15/15" in terminal.shown, "the bar"
        assert "0 failed" in terminal.shown
        assert planned(terminal.shown.partition("Summary")[2])["deleted"] == 12


async def test_ctrl_c_at_the_question_ends_it(commands: Commands, upstream: sandbox.Running) -> None:
    file = await wanted(commands, drop=1)
    async with commands.at_terminal("users", "sync", file.name, *ALL) as terminal:
        await terminal.until("Delete 1 user? [y/N] ")
        terminal.interrupt()
        assert await terminal.status() == 130
    assert "Traceback" not in terminal.shown
    assert len(upstream.state.roster) == 250


@pytest.mark.parametrize("limit", [(), ("--max-deletes", "20")])
async def test_too_many_deletions_are_refused_in_one_line(
    limit: tuple[str, ...], commands: Commands, upstream: sandbox.Running
) -> None:
    file = await wanted(commands, drop=30, add=1)
    ended = await commands.run("users", "sync", file.name, "--delete-missing", "--yes", *limit)
    assert ended.status == 1
    text = f"The plan deletes 30 of 250 users, and --max-deletes allows {20 if limit else 25}. Nothing was changed."
    assert ended.errors == f"facade: {text} [FAILED_PRECONDITION PLAN_REFUSED]\n"
    assert len(upstream.state.roster) == 250
    ended = await commands.run("users", "sync", file.name, "--delete-missing", "--yes", "--max-deletes", "30")
    assert ended.status == 0, ended.errors
    assert len(upstream.state.roster) == 221


async def test_what_the_facade_refuses_is_told_as_it_says(commands: Commands, upstream: sandbox.Running) -> None:
    file = await wanted(commands)
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([lines[0], *lines[2:]]))
    ended = await commands.run("users", "sync", file.name, *ALL, "--yes", "--outcomes", "out.csv")
    assert ended.status == 1
    text = "The plan deletes or replaces the user who asks for it. Nothing was changed."
    assert ended.last == f"facade: {text} [FAILED_PRECONDITION PLAN_REFUSED]"
    assert rows(commands.place / "out.csv") == {"api@example.com": "not_attempted"}
    assert len(upstream.state.roster) == 250


async def test_it_stops_if_the_account_has_changed_since_the_plan_was_shown(
    commands: Commands, upstream: sandbox.Running
) -> None:
    file = await wanted(commands, drop=2)
    await set_faults(upstream.url, {"method": "DELETE", "delay": 600})
    async with commands.at_terminal("users", "sync", file.name, *ALL) as terminal:
        await terminal.until("Delete 2 users? [y/N] ")
        upstream.state.roster.delete("user248@example.com")
        upstream.state.roster.add({**(upstream.state.roster.get("user@example.com") or {}), "mail": "late@example.com"})
        terminal.type("y\n")
        assert await terminal.status() == 1
    assert "facade: The account has changed: 1 would be deleted or replaced who were not shown" in terminal.shown
    assert "late@example.com" in terminal.shown
    await until(lambda: upstream.state.log.in_flight == 0, timeout=30)


async def test_it_deletes_no_more_than_was_shown(commands: Commands, upstream: sandbox.Running) -> None:
    file = await wanted(commands, drop=2)
    async with commands.at_terminal("users", "sync", file.name, *ALL) as terminal:
        await terminal.until("Delete 2 users? [y/N] ")
        upstream.state.roster.add({**(upstream.state.roster.get("user@example.com") or {}), "mail": "late@example.com"})
        terminal.type("y\n")
        assert await terminal.status() == 1
    assert len(upstream.state.roster) == 251


async def test_a_user_whom_the_facade_refuses_is_told_with_its_line(commands: Commands) -> None:
    file = commands.place / "roster.csv"
    file.write_text('mail,cn,sn\none@example.com,"a\nb",c\nnot an address,a,b\n')
    ended = await commands.run("users", "sync", file.name)
    assert ended.status == 2
    text = "must be an address with only A-Z a-z 0-9 . - _ before its one @"
    assert ended.errors == f"facade: roster.csv:4: mail: {text}\n"


async def test_an_interrupted_sync_is_finished_by_running_it_again(
    commands: Commands, upstream: sandbox.Running
) -> None:
    file = await wanted(commands, add=400)
    await set_faults(upstream.url, {"method": "PUT", "delay": 0.05})
    async with commands.at_terminal("users", "sync", file.name, "--outcomes", "out.csv") as terminal:
        out = commands.place / "out.csv"
        await until(lambda: out.exists() and len(out.read_text().splitlines()) > 50, timeout=30)
        terminal.interrupt()
        assert await terminal.status() == 130
    assert "facade: interrupted; run it again to finish" in terminal.shown
    found = list(rows(out).values())
    assert len(found) == 400
    assert set(found) == {"done", "unknown"}
    await set_faults(upstream.url)
    ended = await commands.run("users", "sync", file.name, "--outcomes", "out.csv")
    assert ended.status == 0, ended.errors
    assert len(upstream.state.roster) == 650
