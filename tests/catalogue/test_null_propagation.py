"""Where a failure ends: at the nearest place that may be null (GraphQL, section 6.4.4), by a plan and without one."""

from typing import Any

import httpx
import pytest

from facade import sandbox
from facade.server import Running
from facade.upstreams.provisioning import ProvisioningApi
from tests.bulk.stream import now
from tests.support import basic

pytestmark = [pytest.mark.anyio, pytest.mark.case("G11")]

UP = {"message": "API is running"}
# A fragment with a condition has no plan, so that graphql-core alone executes the document.
PLAIN = " ... @skip(if: true) { __typename }"
UNSAYABLE: Any = object()  # no String can say it
WAYS = pytest.mark.parametrize("more", ["", PLAIN], ids=["by a plan", "without"])


async def ask(facade: Running, query: str) -> Any:
    """The answer to the API user."""
    async with httpx.AsyncClient(base_url=facade.http) as client:
        return (await client.post("/graphql", json={"query": query}, headers=basic())).json()


@WAYS
async def test_a_field_that_may_be_null_is_and_the_others_are_kept(more: str, facade: Running) -> None:
    query = f'{{ gone: user(mail: "nobody@example.com") {{ mail }} publishHealth {{ message }}{more} }}'
    answer = await ask(facade, query)
    assert answer["data"] == {"gone": None, "publishHealth": UP}
    assert [error["path"] for error in answer["errors"]] == [["gone"]]


@WAYS
async def test_a_field_that_may_not_be_null_takes_the_answer_along(
    more: str, facade: Running, upstream: sandbox.Running
) -> None:
    now(upstream, {"path": "/publish/*", "status": 500})
    answer = await ask(facade, f'{{ user(mail: "api@example.com") {{ mail }} publishHealth {{ message }}{more} }}')
    assert answer["data"] is None
    assert ["publishHealth"] in [error["path"] for error in answer["errors"]]


@WAYS
async def test_an_item_that_fails_is_named_by_its_place_and_takes_along_what_may_not_lack_it(
    more: str, facade: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = ProvisioningApi.page

    async def spoilt(*arguments: Any, **named: Any) -> Any:
        page = await listed(*arguments, **named)
        page.users[1].mail = UNSAYABLE
        return page

    monkeypatch.setattr(ProvisioningApi, "page", spoilt)
    answer = await ask(
        facade, f'{{ user(mail: "api@example.com") {{ mail }} users(first: 3) {{ nodes {{ mail }} }}{more} }}'
    )
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["users", "nodes", 1, "mail"], "INTERNAL")
    assert answer["data"] is None
