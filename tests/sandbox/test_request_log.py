import hashlib
import re

import httpx
import pytest

from facade.sandbox import Options, create_app
from tests.sandbox.client import API, Client, authorization

HEALTH = "/publish/healthcheck/"


def hashed(value: str) -> str:
    return "sha256:" + hashlib.sha256(value.encode()).hexdigest()[:16]


async def test_an_entry_tells_what_came_and_what_was_answered(client: Client) -> None:
    await client("POST", "/publish/%6Detrics?a=b%20c&d", headers={"X-Request-Id": "7"}, content=b'{"a":1}')

    page = await client.log_page()

    assert (page["in_flight"], page["most_in_flight"], page["connections"]) == (0, 1, 0)
    (entry,) = page["requests"]
    assert 0 <= entry.pop("started") <= entry.pop("finished")
    assert entry == {
        "id": 1,
        "method": "POST",
        "path": "/publish/%6Detrics",
        "query": "a=b%20c&d",
        "headers": {"host": "sandbox", "x-request-id": "7", "content-length": "7"},
        "body": '{"a":1}',
        "status": 401,
        "fault": None,
        "carried_out": True,
        "client_gone": False,
    }


async def test_repeated_headers_are_all_there(client: Client) -> None:
    headers = httpx.Headers([("x-a", "1"), ("cookie", "a=1"), ("x-a", "2"), ("cookie", "b=2")])
    await client("GET", HEALTH, headers=headers)

    logged = (await client.log())[0]["headers"]

    assert logged["x-a"] == "1, 2"
    assert logged["cookie"] == f"{hashed('a=1')}, {hashed('b=2')}"


@pytest.mark.parametrize(
    "name",
    ["Authorization", "Cookie", "Set-Cookie", "Proxy-Authorization", "X-Auth-Token", "X-API-Key"],
)
async def test_a_secret_header_is_hashed(client: Client, name: str) -> None:
    await client("GET", HEALTH, headers={name: "canary"})

    assert (await client.log())[0]["headers"][name.lower()] == hashed("canary")


async def test_no_secret_is_ever_shown(client: Client) -> None:
    token = await client.login()
    await client("POST", "/publish/metrics", token=token, json={"a": 1})
    await client("POST", "/api/v1/user/token", json={"password": "canary"})
    await client("GET", f"{HEALTH}?x=1&access_token={token}&Password=canary&y=&api_key=")

    shown = (await client("GET", "/sandbox/requests")).text
    login, publish, body, query = await client.log()

    for secret in (token, "canary", authorization(API).split()[1]):
        assert secret not in shown
    assert login["headers"]["authorization"] == hashed(authorization(API))
    assert publish["headers"]["cookie"] == hashed(f"access_token={token}")
    assert body["body"] == hashed('{"password":"canary"}')
    assert query["query"] == (f"x=1&access_token={hashed(token)}&Password={hashed('canary')}&y=&api_key=")


@pytest.mark.parametrize("body", ["", "x", "x" * 4096, "€" * 4096], ids=len)
async def test_up_to_4096_characters_of_a_body_are_kept(client: Client, body: str) -> None:
    await client("POST", "/publish/metrics", content=body.encode())
    await client("POST", "/publish/metrics", content=body.encode() + b"more")

    first, second = await client.log()

    assert first["body"] == body
    assert second["body"] == (body + "more")[:4096]


async def test_a_body_that_is_no_text_does_no_harm(client: Client) -> None:
    await client("POST", "/publish/metrics", content=b"a\xffb")

    assert (await client.log())[0]["body"] == "a\ufffdb"


async def test_path_and_limit_choose_the_latest(client: Client) -> None:
    for path in ("/publish/a", "/b%40c", "/publish/d", "/publish/e"):
        await client("GET", path)

    async def paths(query: str) -> list[str]:
        return [entry["path"] for entry in await client.log(query)]

    assert await paths("?path=/publish/*") == ["/publish/a", "/publish/d", "/publish/e"]
    assert await paths("?path=/publish/*&limit=2") == ["/publish/d", "/publish/e"]
    assert await paths("?limit=3") == ["/b%40c", "/publish/d", "/publish/e"]
    assert await paths("?path=/b@*") == ["/b%40c"]
    assert await paths("?limit=0") == []


async def test_fields_choose_what_is_told_of_each(client: Client) -> None:
    await client("GET", HEALTH)

    assert await client.log("?fields=status,path") == [{"status": 200, "path": HEALTH}]


@pytest.mark.parametrize("names", ["", "path,", "path,Status", "entries"])
async def test_fields_that_there_are_not_are_refused(client: Client, names: str) -> None:
    answer = await client("GET", f"/sandbox/requests?fields={names}")

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("fields: ")


@pytest.mark.parametrize("limit", ["-1", "x", "", "1.5", "9999999999"])
async def test_a_bad_limit_is_400(client: Client, limit: str) -> None:
    answer = await client("GET", f"/sandbox/requests?limit={limit}")

    assert (answer.status_code, answer.json()) == (400, {"error": "limit: must be a number"})


async def test_clearing_forgets_the_entries_and_counts_on(client: Client) -> None:
    await client("GET", HEALTH)

    cleared = await client("DELETE", "/sandbox/requests")

    page = await client.log_page()
    assert cleared.json() == {"cleared": 1}
    assert (page["requests"], page["most_in_flight"]) == ([], 0)
    await client("GET", HEALTH)
    assert [entry["id"] for entry in await client.log()] == [2]


async def test_the_log_is_bounded() -> None:
    client = Client(create_app(Options(max_log=3)))
    for _ in range(5):
        await client("GET", HEALTH)

    assert [entry["id"] for entry in await client.log()] == [3, 4, 5]


async def test_unknown_paths_are_logged(client: Client) -> None:
    for path in ("/nowhere", "/api", "/bpm/portal"):
        assert (await client("PATCH", path)).status_code == 404

    assert re.findall("PATCH", str(await client.log())) == ["PATCH"] * 3
