from typing import Any

import pytest

from facade.sandbox import Options, create_app
from tests.sandbox.client import API, USER, Client

PATHS = [
    "/publish/allevents",
    "/publish/allevents/",
    "/publish/metrics",
    "/publish/entity",
    "/publish/service",
    "/publish/healthcheck",
    "/publish/healthcheck/",
]
every_path = pytest.mark.parametrize("path", PATHS)


@every_path
async def test_a_record_is_published(client: Client, path: str) -> None:
    answer = await client("POST", path, token=await client.login(), json={"envcustomerid": "C-100", "severity": "4"})

    assert answer.status_code == 200
    assert answer.json() == {"message": "Data published successfully"}


@every_path
async def test_only_the_cookie_authenticates(client: Client, path: str) -> None:
    token = await client.login()
    for headers in (
        {},
        {"authorization": f"Bearer {token}"},
        {"cookie": "access_token="},
        {"cookie": f"refresh_token={token}; other"},
    ):
        answer = await client("POST", path, headers=headers, json={"a": 1})

        assert answer.status_code == 401
        assert answer.json() == {"message": "Missing access token"}
    assert (await client("POST", path, basic=API, json={"a": 1})).json() == {"message": "Missing access token"}


async def test_the_token_may_stand_among_other_cookies(client: Client) -> None:
    token = await client.login()

    answer = await client(
        "POST",
        "/publish/metrics",
        headers={"cookie": f"a=b; access_token={token};c=d"},
        json={"a": 1},
    )

    assert answer.status_code == 200


async def test_an_unknown_token_is_invalid(client: Client) -> None:
    answer = await client("POST", "/publish/metrics", token="nonsense", json={"a": 1})

    assert answer.status_code == 401
    assert answer.json() == {"message": "Invalid access token"}


async def test_an_expired_token_is_invalid() -> None:
    client = Client(create_app(Options(token_lifetime=0)))
    tokens = [await client.login() for _ in range(2)]

    for token in tokens:
        answer = await client("POST", "/publish/metrics", token=token, json={"a": 1})
        assert answer.json() == {"message": "Invalid access token"}


async def test_an_organization_user_is_denied(client: Client) -> None:
    answer = await client("POST", "/publish/metrics", token=await client.login(USER), json={"a": 1})

    assert answer.status_code == 401
    assert answer.json() == {"message": "Access denied"}


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'[{"a":1}]', b"null", b"1", b'"x"', b"{", b'{"a":NaN}', b'{"\xff":1}']
)
async def test_a_body_that_is_not_one_object_is_400(client: Client, body: bytes) -> None:
    answer = await client("POST", "/publish/metrics", token=await client.login(), content=body)

    assert answer.status_code == 400
    assert answer.json() == {"message": "Invalid request body"}


@pytest.mark.parametrize("status", [401, 400])
@pytest.mark.parametrize(
    ("customer", "text"),
    [
        ("C-200", "User is not associated with the customer"),
        ("C-300", "Data has been sent for inactive customer"),
        ("C-999", "Data has been sent for inactive customer"),
        ("", "Data has been sent for inactive customer"),
        (["C-100"], "Data has been sent for inactive customer"),
    ],
    ids=["not mapped", "inactive", "unknown", "empty", "not a string"],
)
async def test_a_tenant_error_has_the_status_chosen(status: Any, customer: object, text: str) -> None:
    client = Client(create_app(Options(tenant_status=status)))

    answer = await client("POST", "/publish/allevents", token=await client.login(), json={"envcustomerid": customer})

    assert answer.status_code == status
    assert answer.json() == {"message": text}


@pytest.mark.parametrize("path", ["/publish/healthcheck", "/publish/healthcheck/"])
async def test_anyone_may_ask_whether_it_is_up(client: Client, path: str) -> None:
    answer = await client("GET", path)

    assert answer.status_code == 200
    assert answer.json() == {"message": "API is running"}


async def test_other_paths_are_404_and_other_methods_405(client: Client) -> None:
    assert (await client("POST", "/publish/other")).status_code == 404
    assert (await client("GET", "/publish/metrics")).status_code == 405
