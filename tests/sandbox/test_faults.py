from typing import Any

import httpx
import pytest

from tests.sandbox.client import API, USERS, Client

HEALTH = "/publish/healthcheck/"
NEW = {"mail": "new@example.com", "cn": "New", "sn": "User"}


async def health(client: Client) -> httpx.Response:
    return await client("GET", HEALTH)


async def members(client: Client) -> int:
    total: int = (await client("GET", USERS, basic=API)).json()["totalUsers"]
    return total


async def test_a_fault_replaces_the_answer_as_often_as_it_says(client: Client) -> None:
    await client.faults({"status": 503, "headers": {"Retry-After": "7"}, "times": 2})

    answers = [await health(client) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert answers[0].content == b""


async def test_faults_are_shown_with_what_remains_and_can_be_cleared(client: Client) -> None:
    faults: list[dict[str, Any]] = [
        {"status": 500, "times": 2},
        {"method": "get", "delay": 0},
    ]
    put = await client("PUT", "/sandbox/faults", json={"faults": faults})
    assert put.json() == {"faults": [faults[0] | {"remaining": 2}, faults[1] | {"remaining": None}]}
    await health(client)

    shown = await client("GET", "/sandbox/faults")
    cleared = await client("DELETE", "/sandbox/faults")

    assert [fault["remaining"] for fault in shown.json()["faults"]] == [1, None]
    assert cleared.json() == {"cleared": 2}
    assert (await client("GET", "/sandbox/faults")).json() == {"faults": []}
    assert (await health(client)).status_code == 200


async def test_a_new_list_replaces_the_old_one(client: Client) -> None:
    await client.faults({"status": 500})
    await client.faults({"status": 502})

    assert (await health(client)).status_code == 502


async def test_the_first_match_wins_and_an_exhausted_one_lets_the_next_through(
    client: Client,
) -> None:
    await client.faults(
        {"method": "POST", "status": 500},
        {"path": "/bpm/*", "status": 501},
        {"path": "/publish/*", "status": 502, "times": 1},
        {"path": "/publish/healthcheck/", "status": 504},
    )

    assert [(await health(client)).status_code for _ in range(2)] == [502, 504]
    assert [entry["fault"] for entry in await client.log()] == [2, 3]


@pytest.mark.parametrize("glob", ["*/user%40example.com", "*/user@example.com", "*/user?example.*"])
async def test_a_path_matches_as_received_or_decoded(client: Client, glob: str) -> None:
    await client.faults({"path": glob, "status": 418})

    assert (await client("GET", f"{USERS}/user%40example.com")).status_code == 418
    assert (await client("GET", f"{USERS}/other%40example.com")).status_code == 403


@pytest.mark.parametrize(
    ("glob", "bodies"),
    [
        ('*"sn":"User"*', [True, True, False]),
        ("*é*", [False, True, False]),
        ("*", [True, True, True]),
        ("", [False, False, True]),
    ],
)
async def test_a_body_matches_a_glob(client: Client, glob: str, bodies: list[bool]) -> None:
    await client.faults({"match": glob, "status": 418, "times": 3})

    texts = ['{"mail":"a","sn":"User"}', '{\n"cn":"é","sn":"User"}', ""]
    answers = [await client("PUT", USERS, content=text.encode()) for text in texts]

    assert [answer.status_code == 418 for answer in answers] == bodies
    [fault] = (await client("GET", "/sandbox/faults")).json()["faults"]
    assert fault["remaining"] == 3 - sum(bodies), "only those that match count"


@pytest.mark.parametrize(
    ("body", "sent", "kind"),
    [
        ("<html>", b"<html>", "text/plain; charset=utf-8"),
        ("", b"", "text/plain; charset=utf-8"),
        ({"a": [1, None]}, b'{"a":[1,null]}', "application/json"),
        (None, b"null", "application/json"),
    ],
)
async def test_a_body_is_sent_as_text_or_as_json(client: Client, body: object, sent: bytes, kind: str) -> None:
    await client.faults({"body": body})

    answer = await health(client)

    assert (answer.status_code, answer.content) == (200, sent)
    assert answer.headers["content-type"] == kind


async def test_a_body_may_be_called_something_else(client: Client) -> None:
    await client.faults({"body": "<html>", "headers": {"Content-Type": "text/html"}})

    assert (await health(client)).headers.get_list("content-type") == ["text/html"]


async def test_headers_are_laid_over_the_real_answer(client: Client) -> None:
    await client.faults({"headers": {"set-cookie": ["a=1", "b=2"], "Content-Type": "text/html", "x": "é"}})

    answer = await health(client)

    assert answer.json() == {"message": "API is running"}
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers.get_list("content-type") == ["text/html"]
    assert (b"x", b"\xe9") in answer.headers.raw


async def test_204_and_304_have_no_length_unless_they_have_a_body(client: Client) -> None:
    await client.faults({"status": 204, "times": 1}, {"status": 304, "body": "surplus"})

    first, second = await health(client), await health(client)

    assert "content-length" not in first.headers
    assert second.headers["content-length"] == "7"


@pytest.mark.parametrize(
    ("fault", "effect"),
    [
        ({"status": 500}, False),
        ({"body": "x"}, False),
        ({"status": 500, "apply": True}, True),
        ({"headers": {"x": "y"}}, True),
        ({"delay": 0.001}, True),
        ({"drop": "before"}, False),
        ({"drop": "before", "apply": True}, False),
        ({"drop": "after"}, True),
        ({"drop": "after", "status": 500}, True),
        ({"truncate": 0}, True),
    ],
    ids=str,
)
async def test_which_faults_let_the_request_have_its_effect(
    client: Client, fault: dict[str, Any], effect: bool
) -> None:
    await client.faults(fault | {"method": "PUT"})

    if "drop" in fault or "truncate" in fault:
        with pytest.raises(ConnectionResetError):
            await client("PUT", USERS, basic=API, json=NEW)
    else:
        await client("PUT", USERS, basic=API, json=NEW)

    assert (await client.log())[0]["carried_out"] is effect
    assert await members(client) == (251 if effect else 250)


async def test_a_delay_is_kept(client: Client) -> None:
    await client.faults({"delay": 0.02})

    assert (await health(client)).status_code == 200
    entry = (await client.log())[0]
    assert entry["finished"] - entry["started"] >= 0.02
    assert entry["client_gone"] is False


async def test_control_and_front_page_know_no_faults(client: Client) -> None:
    await client.faults({"status": 500}, {"drop": "before"})

    assert (await client("GET", "/sandbox/faults")).status_code == 200
    assert (await client("GET", "/")).status_code == 200
    assert await client.log() == []
