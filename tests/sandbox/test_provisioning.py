from typing import Any

import httpx
import pytest

from tests.sandbox.bpm import NEW, of, one, walk
from tests.sandbox.client import API, USER, USERS, Client

CALLS = [("GET", USERS), ("PUT", USERS), ("GET", f"{USERS}/a@b"), ("DELETE", f"{USERS}/a@b")]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 403), ((API[0], "wrong"), 403), (("a@b", "sandbox"), 403), (USER, 401)],
    ids=["nobody", "wrong password", "unknown user", "no administrator"],
)
async def test_the_statuses_are_swapped(
    client: Client, method: str, path: str, who: tuple[str, str] | None, status: int
) -> None:
    answer = await client(method, path, basic=who)

    assert answer.status_code == status
    assert list(answer.json()) == ["error"]


async def test_a_token_is_no_credential_here(client: Client) -> None:
    assert (await client("GET", USERS, token=await client.login())).status_code == 403


async def test_one_user_is_found_whatever_the_case_and_encoding(client: Client) -> None:
    for path in (one("api@example.com"), one("API@Example.com"), f"{USERS}/api@example.com"):
        answer = await client("GET", path, basic=API)

        assert answer.status_code == 200
        assert answer.json()["mail"] == "api@example.com"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("mail", ["nobody@example.com", "a/b@example.com", "../x", "%"])
async def test_an_unknown_user_is_404(client: Client, method: str, mail: str) -> None:
    assert (await client(method, one(mail), basic=API)).status_code == 404


async def test_an_added_user_comes_last_with_the_defaults(client: Client) -> None:
    answer = await client("PUT", USERS, basic=API, json=NEW | {"unknown": 1})

    assert (answer.status_code, answer.content) == (200, b"")
    assert "content-type" not in answer.headers
    assert (await walk(client))[-1] == NEW | {
        "accountAdmin": False,
        "developer": False,
        "tester": False,
        "operator": False,
        "endUser": True,
    }


async def test_given_flags_are_kept(client: Client) -> None:
    given = NEW | {"accountAdmin": True, "developer": True, "endUser": False}
    await client("PUT", USERS, basic=API, json=given)

    got = (await client("GET", one(NEW["mail"]), basic=API)).json()

    assert got == given | {"tester": False, "operator": False}


async def test_an_address_is_taken_whatever_its_case(client: Client) -> None:
    answer = await client("PUT", USERS, basic=API, json=NEW | {"mail": "API@EXAMPLE.COM"})

    assert answer.status_code == 409
    assert len(await walk(client)) == 250


@pytest.mark.parametrize(
    "change",
    [
        *({name: value} for name in ("cn", "sn", "mail") for value in (None, "", " ", 1)),
        *({"mail": m} for m in ("x", "@b", "a@", "a+b@c", "a b@c", "ä@c", "a@b@c", "a@b..c", "a@b\n")),
        *({name: "true"} for name in ("accountAdmin", "developer", "endUser")),
        {"tester": None},
        {"operator": 1},
    ],
    ids=str,
)
async def test_a_bad_user_is_400(client: Client, change: dict[str, Any]) -> None:
    answer = await client("PUT", USERS, basic=API, json=NEW | change)

    assert answer.status_code == 400
    assert next(iter(change)) in answer.json()["error"]


async def test_a_body_that_is_no_object_is_400(client: Client) -> None:
    assert (await client("PUT", USERS, basic=API, content=b"[1]")).status_code == 400


async def test_a_deleted_user_is_gone_and_can_be_added_again(client: Client) -> None:
    await client("PUT", USERS, basic=API, json=NEW)

    answer = await client("DELETE", one(NEW["mail"].upper()), basic=API)

    assert (answer.status_code, answer.content) == (200, b"")
    assert (await client("GET", one(NEW["mail"]), basic=API)).status_code == 404
    assert (await client("DELETE", one(NEW["mail"]), basic=API)).status_code == 404
    assert (await client("PUT", USERS, basic=API, json=NEW)).status_code == 200
    assert len(await walk(client)) == 251


async def test_put_and_delete_can_answer_with_the_user() -> None:
    client = of(2, echo_bodies=True)

    added = await client("PUT", USERS, basic=API, json=NEW)
    deleted = await client("DELETE", one(NEW["mail"]), basic=API)

    assert added.json()["mail"] == NEW["mail"]
    assert deleted.json() == added.json()


async def test_there_is_no_update_and_no_user_without_a_name(client: Client) -> None:
    async def status(method: str, path: str) -> int:
        answer: httpx.Response = await client(method, path, basic=API)
        return answer.status_code

    assert await status("PUT", one("api@example.com")) == 405
    assert await status("DELETE", USERS) == 405
    assert await status("GET", f"{USERS}/") == 404
