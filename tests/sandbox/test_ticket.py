import pytest

from tests.sandbox.client import API, USER, Client

PATH = "/gbp/push/?CustomerId=C-100"
UPDATE = {"state": 4, "sysid": "abc"}


@pytest.mark.parametrize("path", [PATH, "/gbp/push?CustomerId=C-100"])
async def test_a_ticket_is_updated_with_a_token_or_with_basic(client: Client, path: str) -> None:
    by_token = await client("POST", path, token=await client.login(), json=UPDATE)
    by_basic = await client("POST", path, basic=API, json=UPDATE)

    for answer in (by_token, by_basic):
        assert (answer.status_code, answer.json()) == (200, {"message": "Success"})


async def test_bad_credentials_are_401_each_with_its_sentence(client: Client) -> None:
    missing = await client("POST", PATH, json=UPDATE)
    bearer = await client("POST", PATH, headers={"authorization": "Bearer x"}, json=UPDATE)
    wrong = await client("POST", PATH, basic=(API[0], "wrong"), json=UPDATE)
    token = await client("POST", PATH, token="nonsense", json=UPDATE)
    both = await client("POST", PATH, token="nonsense", basic=API, json=UPDATE)

    answers = (missing, bearer, wrong, token, both)
    assert {answer.status_code for answer in answers} == {401}
    assert [answer.json()["message"] for answer in answers] == [
        "Missing access token",
        "Missing access token",
        "Invalid credentials",
        "Invalid access token",
        "Invalid access token",
    ]


async def test_an_organization_user_is_denied(client: Client) -> None:
    by_token = await client("POST", PATH, token=await client.login(USER), json=UPDATE)
    by_basic = await client("POST", PATH, basic=USER, json=UPDATE)

    for answer in (by_token, by_basic):
        assert (answer.status_code, answer.json()) == (403, {"message": "Access denied"})


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("?CustomerId=C-200", 403, "User is not associated with the customer"),
        ("?CustomerId=C-300", 400, "Data has been sent for inactive customer"),
        ("?CustomerId=C-100%26x", 400, "Data has been sent for inactive customer"),
        ("?CustomerId=", 400, "Data has been sent for inactive customer"),
        ("", 400, "Data has been sent for inactive customer"),
    ],
    ids=["not mapped", "inactive", "unknown", "empty", "missing"],
)
async def test_tenant_errors(client: Client, query: str, status: int, text: str) -> None:
    answer = await client("POST", f"/gbp/push/{query}", basic=API, json=UPDATE)

    assert (answer.status_code, answer.json()) == (status, {"message": text})


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"state": 4},
        {"sysid": "abc"},
        {"state": "4", "sysid": "abc"},
        {"state": True, "sysid": "abc"},
        {"state": 4.0, "sysid": "abc"},
        {"state": 4, "sysid": ""},
        {"state": 4, "sysid": 1},
    ],
    ids=str,
)
async def test_a_malformed_update_is_400(client: Client, body: object) -> None:
    answer = await client("POST", PATH, basic=API, json=body)

    assert (answer.status_code, answer.json()) == (400, {"message": "Invalid request body"})
