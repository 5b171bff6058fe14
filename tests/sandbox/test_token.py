import pytest

from facade.sandbox import Account, Options, create_app
from facade.sandbox.sessions import Sessions
from tests.sandbox.client import API, USER, Client

PATH = "/api/v1/user/token"


@pytest.mark.parametrize("who", [API, USER], ids=["an API user", "an organization user"])
async def test_a_login_gives_both_tokens_in_the_body_and_as_cookies(client: Client, who: tuple[str, str]) -> None:
    answer = await client("POST", PATH, basic=who)

    assert answer.status_code == 200
    assert answer.json()["status_code"] == 200
    data = answer.json()["data"]
    assert list(data) == ["email", "name", "is_superadmin", "access_token", "refresh_token"]
    assert (data["email"], data["is_superadmin"]) == (who[0], False)
    assert [cookie.split(";")[0] for cookie in answer.headers.get_list("set-cookie")] == [
        f"access_token={data['access_token']}",
        f"refresh_token={data['refresh_token']}",
    ]


async def test_every_login_gives_another_token_and_all_stay_valid(client: Client) -> None:
    tokens = [await client.login() for _ in range(3)]

    assert len(set(tokens)) == 3
    for token in tokens:
        answer = await client("POST", "/publish/metrics", token=token, json={"a": 1})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer abc",
        "Basic",
        "Basic !!!",
        "Basic abc",
        "Basic /////w==",
        "Basic YXBpQGV4YW1wbGUuY29tOndyb25n",
        "Basic bm9ib2R5QGV4YW1wbGUuY29tOnNhbmRib3g=",
    ],
    ids=[
        "none",
        "another scheme",
        "no value",
        "not base64",
        "base64 of odd length",
        "not UTF-8",
        "wrong password",
        "unknown user",
    ],
)
async def test_a_login_without_good_credentials_is_401(client: Client, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}

    answer = await client("POST", PATH, headers=headers)

    assert answer.status_code == 401
    assert answer.json() == {"detail": "Invalid username/password."}


async def test_further_accounts_can_be_given_and_can_have_any_characters() -> None:
    account = Account("jörg@example.com", "Another", "pass:wörd")
    client = Client(create_app(Options(accounts=(account,))))

    answer = await client("POST", PATH, basic=("jörg@example.com", "pass:wörd"))

    assert answer.status_code == 200
    assert "wörd" not in repr(account)


async def test_other_methods_are_405(client: Client) -> None:
    answer = await client("GET", PATH, basic=API)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_the_tokens_of_an_account_can_be_listed() -> None:
    sessions = Sessions(60)
    first, _, third = sessions.issue("a@example.com"), sessions.issue("b@example.com"), sessions.issue("a@example.com")

    assert sessions.tokens_of("a@example.com") == [first, third]
