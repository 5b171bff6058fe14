import pytest

from tests.sandbox.bpm import NEW, of, one, page, walk
from tests.sandbox.client import API, USERS, Client

HOST = f"https://vhost001.bpm.example{USERS}"


async def test_the_contracts_worked_example() -> None:
    got = await page(of(4), "?beginIndex=1&endIndex=2")

    assert len(got.pop("users")) == 2
    assert got == {
        "beginIndex": 1,
        "endIndex": 2,
        "nextPage": f"{HOST}?beginIndex=3&endIndex=3",
        "previousPage": f"{HOST}?beginIndex=0&endIndex=0",
        "totalUsers": 4,
    }


@pytest.mark.parametrize(
    ("query", "indices", "following", "before"),
    [
        ("", (0, 99), (100, 199), None),
        ("?endIndex=9", (0, 9), (10, 19), None),
        ("?beginIndex=0&endIndex=100", (0, 99), (100, 199), None),
        ("?beginIndex=0&endIndex=99999999", (0, 99), (100, 199), None),
        ("?beginIndex=100", (100, 199), (200, 249), (0, 99)),
        ("?beginIndex=200", (200, 249), None, (100, 199)),
        ("?beginIndex=5&endIndex=5", (5, 5), (6, 6), (4, 4)),
        ("?beginIndex=150&endIndex=249", (150, 249), None, (50, 149)),
        ("?beginIndex=249&endIndex=249", (249, 249), None, (248, 248)),
    ],
)
async def test_pages(
    client: Client,
    query: str,
    indices: tuple[int, int],
    following: tuple[int, int] | None,
    before: tuple[int, int] | None,
) -> None:
    got = await page(client, query)

    assert (got["beginIndex"], got["endIndex"], got["totalUsers"]) == (*indices, 250)
    assert len(got["users"]) == indices[1] - indices[0] + 1
    for key, other in (("nextPage", following), ("previousPage", before)):
        uri = f"{HOST}?beginIndex={other[0]}&endIndex={other[1]}" if other else None
        assert got.get(key) == uri


async def test_a_page_beyond_the_end_is_empty(client: Client) -> None:
    got = await page(client, "?beginIndex=400")

    assert got["users"] == []
    assert "nextPage" not in got
    assert got["previousPage"] == f"{HOST}?beginIndex=150&endIndex=249"


async def test_a_list_of_nobody_has_no_other_pages() -> None:
    got = await page(of(0))

    assert got == {"beginIndex": 0, "endIndex": 99, "totalUsers": 0, "users": []}


@pytest.mark.parametrize(
    "query",
    [
        "?beginIndex=-1",
        "?beginIndex=x",
        "?beginIndex=",
        "?beginIndex=1.5",
        "?beginIndex=2&endIndex=1",
        "?endIndex=-1",
        "?endIndex=",
        "?beginIndex=" + "9" * 5000,
        "?beginIndex=%D9%A1",
    ],
)
async def test_bad_indices_are_400(client: Client, query: str) -> None:
    assert (await client("GET", f"{USERS}{query}", basic=API)).status_code == 400


@pytest.mark.parametrize("count", [0, 1, 2, 3, 100, 101, 1000])
async def test_there_are_as_many_users_as_said_and_always_the_same(count: int) -> None:
    users = await walk(of(count))

    assert len({user["mail"].lower() for user in users}) == count
    assert users == await walk(of(count))


async def test_the_accounts_are_users_and_flags_vary(client: Client) -> None:
    users = await walk(client)

    assert [(user["mail"], user["accountAdmin"]) for user in users[:2]] == [
        ("api@example.com", True),
        ("user@example.com", False),
    ]
    for flag in ("accountAdmin", "developer", "tester", "operator", "endUser"):
        assert {user[flag] for user in users} == {True, False}


async def test_the_order_survives_changes() -> None:
    client = of(5)
    mails = [user["mail"] for user in await walk(client)]

    await client("DELETE", one(mails[2]), basic=API)
    await client("PUT", USERS, basic=API, json=NEW)

    expected = [*mails[:2], *mails[3:], NEW["mail"]]
    assert [user["mail"] for user in await walk(client)] == expected
