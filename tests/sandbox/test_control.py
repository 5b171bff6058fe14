import pytest

from facade.sandbox import Options, create_app
from tests.sandbox.client import API, USER, USERS, Client


async def valid(client: Client, token: str) -> bool:
    answer = await client("POST", "/publish/metrics", token=token, json={"a": 1})
    return answer.status_code == 200 or "Invalid" not in answer.text


async def test_all_tokens_can_be_revoked(client: Client) -> None:
    tokens = [await client.login(API), await client.login(USER)]

    answer = await client("DELETE", "/sandbox/tokens")

    assert answer.json() == {"revoked": 2}
    assert [await valid(client, token) for token in tokens] == [False, False]


async def test_the_tokens_of_one_account_can_be_revoked(client: Client) -> None:
    tokens = [await client.login(API), await client.login(USER)]

    answer = await client("DELETE", f"/sandbox/tokens?email={API[0]}")

    assert answer.json() == {"revoked": 1}
    assert [await valid(client, token) for token in tokens] == [False, True]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/sandbox/", "/sandbox/other", "/sandbox/faults/1"])
async def test_there_is_nothing_else_below_sandbox(client: Client, method: str, path: str) -> None:
    answer = await client(method, path)

    assert answer.status_code == 404
    assert list(answer.json()) == ["error"]
    assert await client.log() == []


async def test_the_front_page_says_what_this_is(client: Client) -> None:
    answer = await client("GET", "/")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    for word in (
        "/api/v1/user/token",
        "/publish/allevents",
        "/gbp/push/",
        USERS,
        "/sandbox/faults",
        "api@example.com, password sandbox: API user of C-100, BPM administrator",
        "user@example.com, password sandbox: organization user",
        "C-300: inactive",
    ):
        assert word in answer.text


async def test_sandboxes_share_nothing(client: Client) -> None:
    other = Client(create_app())
    await other.faults({"status": 500})
    token = await client.login()

    assert await other.log() == []
    assert not await valid(Client(create_app()), token)
    assert (await client("GET", "/publish/healthcheck")).status_code == 200


@pytest.mark.parametrize("wrong", [{"users": -1}, {"token_lifetime": -0.1}, {"max_log": 0}], ids=str)
def test_impossible_options_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be at least"):
        Options(**wrong)  # type: ignore[arg-type]
