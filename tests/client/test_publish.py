"""`facade publish`."""

import json
import re
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import grpc

from facade import sandbox
from facade.server import Running, running
from facade.v1 import token_pb2
from facade.v1.token_pb2_grpc import TokenServiceStub
from tests.client.runs import Commands, interrupt
from tests.client.test_users import rows
from tests.support import set_faults, settings_for, until

EVENTS = "/publish/allevents"


def events(place: Path, count: int) -> Path:
    """A file of events, each of an entity of its own."""
    file = place / "events.jsonl"
    file.write_text("".join(f'{{"entity": "e{number}"}}\n' for number in range(1, count + 1)))
    return file


def published(upstream: sandbox.Running) -> Counter[str]:
    """How often each entity's event was carried out."""
    log = upstream.state.log.entries(EVENTS)
    return Counter(json.loads(entry.body)["entity"] for entry in log if entry.carried_out)


async def test_each_line_goes_where_its_kind_belongs(commands: Commands, upstream: sandbox.Running) -> None:
    lines = [
        '{"env_customer_id": "C-100", "firstOccurrence": "2024-04-16T12:01Z", "rack": 12, "attributes": {"x": 1.5}}',
        '{"kind": "metric",   "cpu": 9007199254740993.10, "n": [12345678901234567890]}',
        "",
        '{"kind": "entity_topology", "runs_on": "host-3"}',
        '{"uses": ["db-7"], "kind": "service_topology"}',
        ' {"adaptor": "nifi-\\u0031", "kind": "healthcheck", "status": "up"} ',
    ]
    ended = await commands.run("publish", "-", "--outcomes", "out.csv", given="\r\n".join(lines))
    assert ended.status == 0, ended.errors
    assert set(rows(commands.place / "out.csv")) == {"1", "2", "4", "5", "6"}
    bodies = {entry.path: entry.body for entry in upstream.state.log.entries("/publish/*")}
    assert json.loads(bodies.pop(EVENTS)) == {
        "envcustomerid": "C-100",
        "firstoccurrence": "2024-04-16T12:01Z",
        "rack": 12,
        "x": 1.5,
    }
    assert bodies == {
        "/publish/metrics": '{"cpu": 9007199254740993.10,"n": [12345678901234567890]}',
        "/publish/entity": '{"runs_on": "host-3"}',
        "/publish/service": '{"uses": ["db-7"]}',
        "/publish/healthcheck": '{"adaptor": "nifi-\\u0031","status": "up"}',
    }


async def test_a_line_of_the_default_kind_is_sent_byte_for_byte(commands: Commands, upstream: sandbox.Running) -> None:
    line = '{"value":   9007199254740993,\t"e": 1E+2}'
    ended = await commands.run("publish", "-", "--kind", "metric", given=line + "\n")
    assert ended.status == 0, ended.errors
    (entry,) = upstream.state.log.entries("/publish/metrics")
    assert entry.body == line


async def test_a_bad_line_does_not_stop_the_others(commands: Commands, upstream: sandbox.Running) -> None:
    lines = [
        '{"id": "a", "entity": "1"}',
        '{"id": "b", "entity": "2", "big": 9007199254740993}',
        "no json",
        '{"id": "d", "entity": 4}',
        '{"entity": "5"}',
        '{"id": "f", "kind": "rumour"}',
        '{"id": "g", "entity": "7", "env_customer_id": "C-300"}',
        '{"id": "h", "entity": "8", "small": 0.1, "even": -9007199254740992, "a": 1e400}',
        '{"id": 9, "entity": "9", "n": [0.1, 1e3, 123456789012345.5]}',
    ]
    arguments = ("publish", "-", "--id-field", "id", "--outcomes", "out.csv")
    ended = await commands.run(*arguments, given="\n".join(lines))
    assert ended.status == 1
    assert "facade: b: line 2 has the number 9007199254740993, of which an event would lose digits" in ended.errors
    assert "facade: d: line 4 entity: must be a string [INVALID_ARGUMENT INVALID_REQUEST]" in ended.errors
    assert ended.last.startswith("9 records: 2 done, 7 refused; ")
    found = rows(commands.place / "out.csv")
    assert {item for item, outcome in found.items() if outcome == "done"} == {"a", "9"}
    assert set(found) == {"a", "b", "line 3", "d", "line 5", "f", "g", "h", "9"}
    assert published(upstream) == {"1": 1, "7": 1, "9": 1}


async def test_an_interrupted_run_is_resumed_and_nothing_is_sent_twice(
    commands: Commands, upstream: sandbox.Running
) -> None:
    file, out = events(commands.place, 1500), commands.place / "out.csv"
    await set_faults(upstream.url, {"path": EVENTS, "delay": 0.05})
    async with commands.started("publish", file.name, "--outcomes", "out.csv") as process:
        await until(lambda: out.exists() and len(out.read_text().splitlines()) > 100, timeout=30)
        interrupt(process)
        _, errors = await process.communicate()
    assert process.returncode == 130
    assert errors.decode().splitlines()[-1] == "facade: interrupted; go on with --resume out.csv"
    first = rows(out)
    assert set(first.values()) == {"done"}, "what was under way was waited for"
    assert 100 < len(first) < 1500
    await set_faults(upstream.url)
    ended = await commands.run("publish", file.name, "--resume", "out.csv")
    assert ended.status == 0, ended.errors
    assert published(upstream) == Counter(f"e{number}" for number in range(1, 1501))
    assert sorted(each.name for each in commands.place.iterdir()) == ["events.jsonl", "out.csv"]


async def test_what_a_killed_run_may_have_sent_is_not_sent_again_unasked(
    commands: Commands, upstream: sandbox.Running
) -> None:
    file, out = events(commands.place, 1500), commands.place / "out.csv"
    await set_faults(upstream.url, {"path": EVENTS, "delay": 0.05})
    async with commands.started("publish", file.name, "--outcomes", "out.csv") as process:
        await until(lambda: out.exists() and len(out.read_text().splitlines()) > 100, timeout=30)
        process.kill()
        await process.communicate()
    await until(lambda: upstream.state.log.in_flight == 0, timeout=30)
    await set_faults(upstream.url)
    ended = await commands.run("publish", file.name, "--resume", "out.csv")
    assert ended.status == 1
    found = rows(out)
    assert len(found) == 1500
    in_doubt = {f"e{item}" for item, outcome in found.items() if outcome == "unknown"}
    assert 0 < len(in_doubt) <= 1024
    sent = published(upstream)
    assert max(sent.values()) == 1
    assert {f"e{number}" for number in range(1, 1501)} - set(sent) <= in_doubt
    ended = await commands.run("publish", file.name, "--resume", "out.csv", "--resend-unknown")
    assert ended.status == 0, ended.errors
    assert len(published(upstream)) == 1500
    assert sorted(each.name for each in commands.place.iterdir()) == ["events.jsonl", "out.csv"]


async def test_what_was_sent_when_outcomes_could_not_be_written_is_not_sent_again(
    commands: Commands, upstream: sandbox.Running
) -> None:
    file, out = events(commands.place, 20), commands.place / "out.csv"
    out.symlink_to("/dev/full")
    ended = await commands.run("publish", file.name, "--outcomes", "out.csv")
    assert ended.status == 1
    told = (
        r"facade: --outcomes: cannot write out.csv: No space left on device; not in it: \d+ done"
        r"; without --outcomes there is nothing to go on from"
    )
    assert re.fullmatch(told, ended.last), ended.errors
    assert published(upstream)
    out.unlink()
    out.write_text("item_id,outcome,code,reason,message\n")
    await commands.run("publish", file.name, "--resume", "out.csv")
    assert max(published(upstream).values()) == 1


async def test_a_run_whose_disk_is_full_goes_on_and_nothing_is_sent_twice(
    commands: Commands, upstream: sandbox.Running
) -> None:
    file, out = events(commands.place, 1500), commands.place / "out.csv"
    ended = await commands.on_full_disk(10_000, "publish", file.name, "--outcomes", "out.csv")
    assert ended.status == 1
    told = r"facade: --outcomes: cannot write out.csv: File too large; not in it: \d+ done; go on with --resume out.csv"
    assert re.fullmatch(told, ended.last), ended.errors
    await commands.run("publish", file.name, "--resume", "out.csv")
    sent, found = published(upstream), rows(out)
    assert max(sent.values()) == 1
    assert {item for item, outcome in found.items() if outcome == "done"} <= {name.removeprefix("e") for name in sent}
    assert set(found.values()) == {"done", "unknown"}
    assert len(found) == 1500


async def test_a_mark_that_cannot_be_written_ends_the_run_in_one_line(
    commands: Commands, upstream: sandbox.Running
) -> None:
    file, place = events(commands.place, 3000), commands.place / "sub"
    place.mkdir()
    await set_faults(upstream.url, {"path": EVENTS, "delay": 0.05})
    async with commands.started("publish", file.name, "--outcomes", "sub/out.csv") as process:
        await until(lambda: bool(published(upstream)), timeout=30)
        place.rename(commands.place / "elsewhere")
        _, errors = await process.communicate()
    assert process.returncode == 1
    numbers, last = errors.decode().splitlines()
    assert numbers.startswith(f"{published(upstream).total()} records: {published(upstream).total()} done; ")
    assert last.startswith("facade: --outcomes: ")
    assert last.endswith("; without --outcomes there is nothing to go on from")


async def test_an_unknown_outcome_is_told_and_not_sent_again(commands: Commands, upstream: sandbox.Running) -> None:
    file = events(commands.place, 3)
    await set_faults(upstream.url, {"path": EVENTS, "drop": "after", "times": 1})
    ended = await commands.run("publish", file.name, "--outcomes", "out.jsonl")
    assert ended.status == 1
    assert "OUTCOME_UNKNOWN" in ended.errors
    again = await commands.run("publish", file.name, "--resume", "out.jsonl")
    assert again.status == 1
    assert again.last == "facade: 1 that may have been published are not sent again without --resend-unknown"
    assert published(upstream) == {"e1": 1, "e2": 1, "e3": 1}
    again = await commands.run("publish", file.name, "--resume", "out.jsonl", "--resend-unknown")
    assert again.status == 0, again.errors
    assert published(upstream).total() == 4


async def test_outcomes_are_not_written_over(commands: Commands, upstream: sandbox.Running) -> None:
    file = events(commands.place, 1)
    assert (await commands.run("publish", file.name, "--outcomes", "out.csv")).status == 0
    ended = await commands.run("publish", file.name, "--outcomes", "out.csv")
    text = "facade: --outcomes: out.csv has outcomes already: go on with --resume, or name another file\n"
    assert (ended.status, ended.errors) == (2, text)
    assert published(upstream).total() == 1


async def test_a_token_is_enough(commands: Commands, facade: Running, upstream: sandbox.Running) -> None:
    file = events(commands.place, 1)
    async with grpc.aio.insecure_channel(facade.grpc) as channel:
        request = token_pb2.GenerateTokenRequest(email="api@example.com", password="sandbox")
        token = (await TokenServiceStub(channel).GenerateToken(request)).token.access_token
    ended = await replace(commands, account=(("FACADE_TOKEN", token),)).run("publish", file.name)
    assert ended.status == 0, ended.errors
    ended = await replace(commands, account=(("FACADE_TOKEN", "canary-7f3a"),)).run("publish", file.name)
    assert ended.status == 1
    assert "INVALID_TOKEN" in ended.errors
    assert "canary" not in ended.errors
    assert [entry.status for entry in upstream.state.log.entries(EVENTS)] == [200, 401]


async def test_a_second_interruption_does_not_wait(commands: Commands, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": EVENTS, "delay": 600})
    file = events(commands.place, 300)
    async with commands.at_terminal("publish", file.name, "--outcomes", "out.csv") as terminal:
        await until(lambda: bool(upstream.state.log.entries(EVENTS)), timeout=30)
        terminal.interrupt()
        await terminal.until("stopping; waiting for what is under way")
        terminal.interrupt()
        assert await terminal.status() == 130
    assert set(rows(commands.place / "out.csv").values()) == {"unknown"}
    await until(lambda: upstream.state.log.in_flight == 0, timeout=30)


async def test_a_facade_that_goes_away_leaves_nothing_untold(commands: Commands, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": EVENTS, "delay": 600})
    file = events(commands.place, 300)
    async with AsyncExitStack() as stack:
        async with running(settings_for(upstream.url, drain_timeout=0.1)) as leaving:
            started = replace(commands, address=leaving.grpc).started("publish", file.name, "--outcomes", "out.csv")
            process = await stack.enter_async_context(started)
            await until(lambda: bool(upstream.state.log.entries(EVENTS)), timeout=30)
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert "UNAVAILABLE" in errors.decode().splitlines()[-1]
    assert rows(commands.place / "out.csv")["1"] == "unknown"


async def test_no_facade_is_told_in_one_line(commands: Commands) -> None:
    file = events(commands.place, 1)
    ended = await commands.run("publish", file.name, "--address", "127.0.0.1:1", "--outcomes", "out.csv")
    assert (ended.status, ended.out) == (1, "")
    assert ended.errors == "facade: cannot reach a facade at 127.0.0.1:1 [UNAVAILABLE]\n"
