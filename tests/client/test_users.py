"""`facade users list | add | remove`."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from facade import sandbox
from facade.client.users import BATCH, PARALLEL
from facade.sandbox.roster import FLAGS
from tests.client.runs import Commands, Terminal, interrupt
from tests.support import set_faults, until

USERS = "/bpm/portal/rest/v1/UserProvisioningService*"
HEADER = "mail,cn,sn,accountAdmin,developer,endUser,operator,tester"


def rows(file: Path) -> dict[str, str]:
    """The outcome of each item of an outcomes file."""
    with file.open(newline="") as opened:
        found = [(row["item_id"], row["outcome"]) for row in csv.DictReader(opened)]
    assert len(found) == len(dict(found)), "one row an item"
    return dict(found)


def roster(place: Path, count: int, name: str = "new") -> Path:
    """A file of new users."""
    file = place / f"{name}.csv"
    lines = [f"{name}{number}@example.com,New,{number}" for number in range(count)]
    file.write_text("\n".join(["mail,cn,sn", *lines]) + "\n")
    return file


async def test_list_prints_all_users_as_what_add_and_sync_read(commands: Commands, upstream: sandbox.Running) -> None:
    ended = await commands.run("users", "list")
    assert (ended.status, ended.errors) == (0, "")
    header, *lines = ended.out.splitlines()
    assert header == HEADER
    assert [line.split(",")[0] for line in lines] == [user["mail"] for user in upstream.state.roster.page(0, 999)]
    (commands.place / "all.csv").write_text(ended.out)
    again = await commands.run("users", "sync", "all.csv", "--delete-missing", "--replace-changed", "--dry-run")
    assert again.status == 0
    assert "keep" in again.out
    assert [line.split("│")[2].strip() for line in again.out.splitlines() if "│" in line] == ["0", "0", "0", "250"]


async def test_list_writes_json_to_a_file(commands: Commands) -> None:
    ended = await commands.run("users", "list", "--format", "json", "--output", "users.json")
    assert (ended.status, ended.out) == (0, "")
    users = json.loads((commands.place / "users.json").read_text())
    assert len(users) == 250
    assert list(users[0]) == HEADER.split(",")
    assert users[0]["accountAdmin"] is True


async def test_list_shows_a_table(commands: Commands) -> None:
    ended = await commands.run("users", "list", "--format", "table")
    assert ended.status == 0
    assert ended.out.count("@example.com") == 250


async def test_a_list_that_is_not_complete_is_no_list(commands: Commands, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": USERS, "status": 500})
    file = commands.place / "users.csv"
    file.write_text("as it was\n")
    ended = await commands.run("users", "list", "--output", "users.csv")
    assert (ended.status, ended.out) == (1, "")
    assert ended.errors == "facade: The upstream failed and did not say why. [UNKNOWN UPSTREAM_ERROR]\n"
    assert file.read_text() == "as it was\n"
    assert [each.name for each in commands.place.iterdir()] == ["users.csv"]


async def test_add_tells_what_became_of_each_user(commands: Commands, upstream: sandbox.Running) -> None:
    text = "mail,cn,sn,developer,endUser\none@example.com,One,Example,yes,0\nUSER@example.com,Two,Example,,\n"
    (commands.place / "some.csv").write_text("\ufeff" + text)
    ended = await commands.run("users", "add", "some.csv", "--outcomes", "out.csv")
    assert ended.status == 1
    line = "A user of the subscription has this address already. [ALREADY_EXISTS USER_ALREADY_EXISTS]"
    assert ended.errors.splitlines()[0] == f"facade: USER@example.com: {line}"
    assert ended.last.startswith("2 users: 1 done, 1 refused; ")
    assert (commands.place / "out.csv").read_text().splitlines() == [
        "item_id,outcome,code,reason,message",
        "one@example.com,done,,,added",
        f"USER@example.com,refused,ALREADY_EXISTS,USER_ALREADY_EXISTS,{line.split(' [', maxsplit=1)[0]}",
    ]
    added = upstream.state.roster.get("one@example.com")
    assert added is not None
    assert (added["developer"], added["endUser"], added["tester"]) == (True, False, False)


async def test_remove_takes_an_address_a_line(commands: Commands, upstream: sandbox.Running) -> None:
    given = "User.001@example.com\n\nnobody@example.com\n"
    arguments = ("users", "remove", "-", "--input-format", "text", "--outcomes", "out.jsonl")
    ended = await commands.run(*arguments, given=given)
    assert ended.status == 1
    assert [json.loads(line)["outcome"] for line in (commands.place / "out.jsonl").read_text().splitlines()] == [
        "done",
        "refused",
    ]
    assert upstream.state.roster.get("user.001@example.com") is None


async def test_ten_thousand_users_are_added_and_removed(commands: Commands, upstream: sandbox.Running) -> None:
    file = roster(commands.place, 10_000)
    ended = await commands.run("users", "add", file.name, "--outcomes", "out.csv")
    assert ended.status == 0, ended.errors
    assert ended.last.startswith("10000 users: 10000 done; ")
    assert len(upstream.state.roster) == 10_250
    assert set(rows(commands.place / "out.csv").values()) == {"done"}


async def test_a_user_in_doubt_is_sent_again_and_is_there(commands: Commands, upstream: sandbox.Running) -> None:
    file = roster(commands.place, 3)
    await set_faults(upstream.url, {"method": "PUT", "drop": "after", "times": 1}, {"method": "POST", "drop": "after"})
    ended = await commands.run("users", "add", file.name, "--outcomes", "out.csv")
    assert ended.status == 1
    assert sorted(rows(commands.place / "out.csv").values()) == ["done", "done", "unknown"]
    await set_faults(upstream.url)
    ended = await commands.run("users", "add", file.name, "--resume", "out.csv", "--outcomes", "more.csv")
    assert ended.status == 0, ended.errors
    assert ended.last.startswith("1 user: 1 done, 2 done before; ")
    assert (commands.place / "more.csv").read_text().splitlines()[
        -1
    ] == "new0@example.com,done,,,done by an earlier run"


async def test_an_interrupted_add_is_resumed(commands: Commands, upstream: sandbox.Running) -> None:
    file, out = roster(commands.place, 2000), commands.place / "out.csv"
    await set_faults(upstream.url, {"method": "PUT", "delay": 0.05})
    async with commands.started("users", "add", file.name, "--outcomes", "out.csv") as process:
        await until(lambda: out.exists() and len(out.read_text().splitlines()) > 100, timeout=30)
        interrupt(process)
        _, errors = await process.communicate()
    assert process.returncode == 130
    assert errors.decode().splitlines()[-1] == "facade: interrupted; go on with --resume out.csv"
    first = rows(out)
    assert set(first.values()) == {"done", "not_attempted"}
    assert len(first) == 2000
    assert len(upstream.state.roster) == 250 + sum(outcome == "done" for outcome in first.values())
    await set_faults(upstream.url)
    ended = await commands.run("users", "add", file.name, "--resume", "out.csv")
    assert ended.status == 0, ended.errors
    assert len(upstream.state.roster) == 2250


async def test_a_killed_add_is_resumed(commands: Commands, upstream: sandbox.Running) -> None:
    file, out = roster(commands.place, 500), commands.place / "out.csv"
    await set_faults(upstream.url, {"method": "PUT", "delay": 0.05})
    async with commands.started("users", "add", file.name, "--outcomes", "out.csv") as process:
        await until(lambda: out.exists() and len(out.read_text().splitlines()) > 100, timeout=30)
        process.kill()
        await process.communicate()
    with out.open("a") as torn:
        torn.write("new4")
    await set_faults(upstream.url)
    ended = await commands.run("users", "add", file.name, "--resume", "out.csv")
    assert ended.status == 0, ended.errors
    assert set(rows(out).values()) == {"done"}
    assert len(upstream.state.roster) == 750


async def test_what_a_killed_add_cannot_have_sent_is_not_told_as_done_by_it(
    commands: Commands, upstream: sandbox.Running
) -> None:
    count = 2 + BATCH * PARALLEL  # the first is done, the last was not under way yet
    file, last = roster(commands.place, count), f"new{count - 1}@example.com"
    (commands.place / "out.csv").write_text("item_id,outcome,code,reason,message\nnew0@example.com,done,,,added\n")
    for mail in ("new0@example.com", "new1@example.com", last):
        upstream.state.roster.add({"mail": mail, "cn": "Somebody", "sn": "Else"} | FLAGS)
    ended = await commands.run("users", "add", file.name, "--resume", "out.csv")
    assert ended.status == 1
    found = rows(commands.place / "out.csv")
    assert (found["new1@example.com"], found[last]) == ("done", "refused")


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
@pytest.mark.parametrize("written", [0, BATCH // 2, 3 * BATCH], ids=["at once", "in the first batch", "in several"])
async def test_outcomes_that_cannot_be_written_end_the_run_in_one_line_and_it_can_go_on(
    written: int, name: str, commands: Commands, upstream: sandbox.Running
) -> None:
    count = 10 * BATCH
    file, row = roster(commands.place, count), {"out.csv": 31, "out.jsonl": 105}[name]  # bytes, about
    ended = await commands.on_full_disk(written * row, "users", "add", file.name, "--outcomes", name)
    assert ended.status == 1
    assert "Traceback" not in ended.errors
    numbers, last = ended.errors.splitlines()
    told = re.fullmatch(
        rf"facade: --outcomes: cannot write {name}: File too large; not in it: (\d+) done, (\d+) not attempted"
        rf"; go on with --resume {name}",
        last,
    )
    assert told, last
    lacking, left = map(int, told.groups())
    added = len(upstream.state.roster) - 250
    assert numbers.startswith(f"{count} users: {added} done, {left} not attempted; ")
    assert added == count - left < count
    assert 0 < lacking <= BATCH * PARALLEL
    ended = await commands.run("users", "add", file.name, "--resume", name)
    assert ended.status == 0, ended.errors
    assert len(upstream.state.roster) == 250 + count


async def interrupted_twice(terminal: Terminal, upstream: sandbox.Running) -> None:
    """Interrupts a run in which something is under way, and then its waiting for that."""
    await until(lambda: upstream.state.log.in_flight > 0, timeout=30)
    terminal.interrupt()
    await terminal.until("stopping; waiting for what is under way")
    terminal.interrupt()


async def test_what_an_interrupted_run_could_not_write_is_told(commands: Commands, upstream: sandbox.Running) -> None:
    file = roster(commands.place, 2 * BATCH)
    (commands.place / "out.csv").symlink_to("/dev/full")
    await set_faults(upstream.url, {"method": "PUT", "delay": 600})
    async with commands.at_terminal("users", "add", file.name, "--outcomes", "out.csv") as terminal:
        await interrupted_twice(terminal, upstream)
        assert await terminal.status() == 1
    last = terminal.shown.splitlines()[-1]
    assert last == (
        "facade: --outcomes: cannot write out.csv: No space left on device; not in it: 100 unknown, 100 not attempted"
        "; without --outcomes there is nothing to go on from"
    )


async def test_outcomes_that_are_taken_away_are_told(commands: Commands, upstream: sandbox.Running) -> None:
    file, place = roster(commands.place, 3 * BATCH), commands.place / "sub"
    place.mkdir()
    await set_faults(upstream.url, {"method": "PUT", "delay": 0.05})
    async with commands.started("users", "add", file.name, "--outcomes", "sub/out.csv") as process:
        await until(lambda: len(upstream.state.roster) > 250, timeout=30)
        place.rename(commands.place / "elsewhere")
        _, errors = await process.communicate()
    assert process.returncode == 1
    numbers, last = errors.decode().splitlines()
    assert numbers.startswith("300 users: 300 done; ")
    assert last == (
        "facade: --outcomes: sub/out.csv was taken away before the run had ended"
        "; without --outcomes there is nothing to go on from"
    )


async def test_outcomes_that_cannot_be_copied_leave_those_that_there_are_to_go_on_from(
    commands: Commands, upstream: sandbox.Running
) -> None:
    file, before = roster(commands.place, 100), commands.place / "out.csv"
    done = [f"new{number}@example.com,done,,,added" for number in range(99)]
    before.write_text("\n".join(["item_id,outcome,code,reason,message", *done]) + "\n")
    arguments = ("users", "add", file.name, "--resume", "out.csv", "--outcomes", "more.csv")
    ended = await commands.on_full_disk(1000, *arguments)
    assert (ended.status, ended.errors) == (2, "facade: --outcomes: cannot write more.csv: File too large\n")
    assert not upstream.state.log.entries(USERS)
    ended = await commands.run(*arguments)
    assert ended.last.startswith("1 user: 1 done, 99 done before; ")


async def test_a_second_interruption_does_not_wait(commands: Commands, upstream: sandbox.Running) -> None:
    file = roster(commands.place, 150)
    await set_faults(upstream.url, {"method": "PUT", "delay": 600})
    async with commands.at_terminal("users", "add", file.name, "--outcomes", "out.csv") as terminal:
        await interrupted_twice(terminal, upstream)
        assert await terminal.status() == 130
    found = list(rows(commands.place / "out.csv").values())
    assert (found.count("unknown"), found.count("not_attempted")) == (100, 50)


async def test_a_wrong_password_is_tried_once(commands: Commands, upstream: sandbox.Running) -> None:
    file = roster(commands.place, 250)
    wrong = replace(commands, account=(("FACADE_USER", "api@example.com"), ("FACADE_PASSWORD", "canary-7f3a")))
    ended = await wrong.run("users", "add", file.name)
    assert ended.status == 1
    assert ended.last == "facade: The credentials are refused: stopped, and the rest is not sent."
    assert "250 users: 1 refused, 249 not attempted; " in ended.errors
    assert "canary" not in ended.errors
    assert len(upstream.state.log.entries(USERS)) == 1


@pytest.mark.parametrize("name", ["add", "remove"])
async def test_nothing_in_a_file_is_nothing_to_do(name: str, commands: Commands) -> None:
    (commands.place / "none.csv").write_text("mail,cn,sn\n")
    ended = await commands.run("users", name, "none.csv")
    assert ended.status == 0
    assert ended.errors.startswith("0 users; ")
