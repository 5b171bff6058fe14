"""What the tests of the BPM users share."""

from typing import Any
from urllib.parse import quote

from facade.sandbox import Options, create_app
from tests.sandbox.client import API, USERS, Client

NEW = {"mail": "new.user@example.com", "cn": "New", "sn": "User"}


def of(count: int, *, echo_bodies: bool = False) -> Client:
    return Client(create_app(Options(users=count, echo_bodies=echo_bodies)))


async def page(client: Client, query: str = "") -> dict[str, Any]:
    answer = await client("GET", f"{USERS}{query}", basic=API)
    assert answer.status_code == 200
    listed: dict[str, Any] = answer.json()
    return listed


async def walk(client: Client) -> list[dict[str, Any]]:
    users: list[dict[str, Any]] = []
    while True:
        got = await page(client, f"?beginIndex={len(users)}")
        users += got["users"]
        if "nextPage" not in got:
            return users


def one(mail: str) -> str:
    return f"{USERS}/{quote(mail, safe='')}"
