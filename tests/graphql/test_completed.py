"""A mutation of several fields of which one fails: what was done is not lost with the data of the answer."""

from typing import Any

import pytest

from facade import sandbox
from facade.server import Running
from facade.upstreams.provisioning import ProvisioningApi
from tests.graphql.test_endpoint import EVENT, ask

pytestmark = pytest.mark.anyio

UNSAYABLE: Any = object()  # no String can say it

DONE, FAILS = EVENT % "C-100", EVENT % "C-300"
WRONG = 'createUser(user: {mail: "a", cn: "", sn: ""}) { mail }'
COMPLETED = {
    "the first fails": (f"{{ a: {FAILS} b: {DONE} }}", ["a"], None),
    "the second fails": (f"{{ a: {DONE} b: {FAILS} c: {DONE} }}", ["b"], ["a"]),
    "without a plan": (f"{{ __typename a: {DONE} ... @include(if: true) {{ b: {FAILS} }} c: {DONE} }}", ["b"], ["a"]),
    "it is never sent": (f"{{ a: {DONE} b: {DONE} c: {WRONG} }}", ["c"], ["a", "b"]),
    "none fails": (f"{{ a: {DONE} b: {DONE} }}", None, None),
    "a query": ("{ users(first: 1) { totalCount } a: users(first: 0) { totalCount } }", ["a"], None),
}


@pytest.mark.case("G18")
@pytest.mark.parametrize(("text", "path", "completed"), COMPLETED.values(), ids=COMPLETED)
async def test_where_a_mutation_has_no_data_its_errors_say_which_fields_were_completed(
    text: str, path: list[str] | None, completed: list[str] | None, facade: Running
) -> None:
    answer = (await ask(facade, {"query": text if text.startswith("{ users") else f"mutation {text}"})).json()
    if path is None:
        assert answer["data"].keys() == {"a", "b"}
        assert "errors" not in answer
        return
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"].get("completed")) == (path, completed)


async def test_what_was_done_though_it_cannot_be_told_is_completed(
    facade: Running, upstream: sandbox.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = ProvisioningApi.create

    async def spoilt(*arguments: Any, **named: Any) -> Any:
        user = await created(*arguments, **named)
        user.mail = UNSAYABLE
        return user

    monkeypatch.setattr(ProvisioningApi, "create", spoilt)
    for more in ("", " ... @skip(if: true) { __typename }"):
        mail = f"new{len(more)}@example.com"
        user = f'createUser(user: {{mail: "{mail}", cn: "New", sn: "User"}}) {{ mail }}'
        answer = (await ask(facade, {"query": f"mutation {{ {user}{more} }}"})).json()
        (error,) = answer["errors"]
        assert (answer["data"], error["extensions"]["reason"]) == (None, "INTERNAL")
        assert error["extensions"]["completed"] == ["createUser"]
        assert upstream.state.roster.get(mail)
