"""Trusted documents: the only ones that are executed, where there is a list of them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from facade import sandbox
from facade.config import ConfigError
from facade.graphql.extent import DEFAULT
from facade.graphql.sources import SourceError, trusted_list
from facade.graphql.trusted import hashed
from facade.server import Running, running
from tests.graphql.http import only_errors
from tests.graphql.socket import connected
from tests.support import settings_for

pytestmark = pytest.mark.anyio

HEALTH = "{ publishHealth { message } }"
NAMED = "query a { __typename } query b { publishHealth { message } }"
UP = {"data": {"publishHealth": {"message": "API is running"}}}


def written(folder: Path, content: Any) -> str:
    file = folder / "trusted.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(file)


def listing(*texts: str) -> dict[str, str]:
    return {hashed(text): text for text in texts}


@pytest.fixture
async def trusting(upstream: sandbox.Running, tmp_path: Path) -> AsyncIterator[Running]:
    file = written(tmp_path, listing(HEALTH, NAMED))
    async with running(settings_for(upstream.url, trusted_documents=file)) as facade:
        yield facade


async def ask(facade: Running, body: Any) -> httpx.Response:
    async with httpx.AsyncClient(base_url=facade.http) as client:
        return await client.post("/graphql", json=body)


def by_hash(digest: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"query": HEALTH}, id="text"),
        pytest.param(by_hash(hashed(HEALTH)), id="hash"),
        pytest.param({"query": HEALTH} | by_hash(hashed(HEALTH)), id="both"),
        pytest.param({"documentId": hashed(HEALTH)}, id="document id"),
        pytest.param({"documentId": f"sha256:{hashed(HEALTH)}"}, id="document id with its kind"),
        pytest.param({"documentId": hashed(NAMED), "operationName": "b"}, id="one of two operations"),
    ],
)
async def test_a_document_of_the_list_is_executed(body: Any, trusting: Running) -> None:
    assert (await ask(trusting, body)).json() == UP
    async with connected(trusting) as talk:
        await talk.subscribe("x", body)
        assert await talk.until_ended("x") == [UP, None]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"query": HEALTH + " "}, id="another text"),
        pytest.param({"query": "{"}, id="no document"),
        pytest.param({"query": ""}, id="nothing"),
        pytest.param(by_hash("0" * 64), id="another hash"),
        pytest.param({"documentId": "0" * 64}, id="another id"),
        pytest.param({"query": "{ __typename }"} | by_hash(hashed("{ __typename }")), id="a text with its hash"),
        pytest.param({"query": "{ __typename }"} | by_hash(hashed(HEALTH)), id="a text with a hash of the list"),
    ],
)
async def test_no_other_is(body: Any, trusting: Running, upstream: sandbox.Running) -> None:
    answer = await ask(trusting, body)
    assert answer.status_code == 400
    (error,) = only_errors(answer)
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("PERMISSION_DENIED", "QUERY_NOT_TRUSTED")
    assert upstream.state.log.entries() == []


async def test_a_text_of_the_list_with_another_hash_is_a_mistake(trusting: Running) -> None:
    answer = await ask(trusting, {"query": HEALTH} | by_hash("0" * 64))
    assert only_errors(answer)[0]["extensions"]["reason"] == "INVALID_REQUEST"


@pytest.mark.parametrize("given", [1, "", "x" * 64, "md5:" + "0" * 64])
async def test_a_document_id_that_is_none_is_refused(given: Any, facade: Running) -> None:
    (error,) = only_errors(await ask(facade, {"documentId": given}))
    assert error["extensions"]["fieldViolations"][0]["field"] == "documentId"


async def test_without_a_list_a_document_id_is_the_hash_of_a_persisted_query(facade: Running) -> None:
    unknown = await ask(facade, {"documentId": hashed(HEALTH)})
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert (await ask(facade, {"query": HEALTH, "documentId": hashed(HEALTH)})).json() == UP
    assert (await ask(facade, {"documentId": hashed(HEALTH)})).json() == UP


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("{", "is not JSON", id="no JSON"),
        pytest.param("[]", "must be one object", id="a list"),
        pytest.param({hashed(HEALTH): 1}, "must be one object", id="a number"),
        pytest.param({"0" * 64: HEALTH}, "is not the SHA-256", id="another hash"),
        pytest.param({"x": HEALTH}, "is not the SHA-256", id="no hash"),
        pytest.param(listing("{ nothing }"), "is not valid: Cannot query field", id="no such field"),
        pytest.param(listing("{ a: __typename " * 30 + "}" * 30), "is not valid", id="no document"),
        pytest.param(listing("{" + "__typename " * 1000 + "}"), "more than 1000 tokens", id="too large"),
    ],
)
async def test_a_list_that_is_wrong_stops_the_start(
    content: Any, told: str, upstream: sandbox.Running, tmp_path: Path
) -> None:
    settings = settings_for(upstream.url, trusted_documents=written(tmp_path, content))
    with pytest.raises(ConfigError, match=f"^FACADE_TRUSTED_DOCUMENTS: .*{told}"):
        async with running(settings):
            raise AssertionError("it started")


async def test_a_list_that_is_not_there_stops_the_start(upstream: sandbox.Running, tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    with pytest.raises(ConfigError, match=f"FACADE_TRUSTED_DOCUMENTS: cannot read {missing}: No such file"):
        async with running(settings_for(upstream.url, trusted_documents=str(missing))):
            raise AssertionError("it started")


FRAGMENT = "fragment Names on User { mail ...More }"
MORE = "fragment More on User { cn }"
PRINTED = """\
query U($m: String!) {
  user(mail: $m) {
    ...Names
  }
}

fragment Names on User {
  mail
  ...More
}

fragment More on User {
  cn
}"""
TYPED = """\
query U($m: String!) {
  user(mail: $m) {
    ...Names
    __typename
  }
}

fragment Names on User {
  mail
  ...More
  __typename
}

fragment More on User {
  cn
  __typename
}"""
USER = "query U($m: String!) { user(mail: $m) { ...Names } }"


def collected(typename: bool = False, **sources: str) -> list[str]:
    named = {name.replace("_", "."): text for name, text in sources.items()}
    found = trusted_list(named, DEFAULT, typename=typename)
    assert all(hashed(text) == digest for digest, text in found.items())
    return list(found.values())


def test_an_operation_has_the_fragments_that_it_uses_behind_it() -> None:
    texts = collected(a_graphql=f"{MORE} fragment Unused on User {{ sn }}", b_gql=USER, c_graphql=FRAGMENT)
    assert texts == [PRINTED]


def test_it_is_also_listed_with_the_names_of_types_and_as_it_is_written_where_it_is_whole() -> None:
    whole = f"{USER} {FRAGMENT} {MORE}"
    assert sorted(collected(typename=True, a_graphql=whole)) == sorted([PRINTED, TYPED, whole])


TEMPLATES = {
    "gql": "const A = gql`%s`;",
    "graphql": "export const A = graphql(`%s`)",
    "gql called": "const A = gql(\n  `%s`,\n);",
    "a comment": "const A = /* GraphQL */ `%s`;",
    "both": "const A = graphql(/* GraphQL */ `%s`)",
    "in a component": "function C() { return useQuery(gql`%s`, {variables: {m: `${a}`}}) }",
}


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_templates_are_found_in_code(template: str) -> None:
    code = template.replace("%s", HEALTH)
    assert collected(a_tsx=f"import gql from 'graphql-tag'\n{code}\nconst other = `{{ nothing }}`") == [
        "{\n  publishHealth {\n    message\n  }\n}",
        HEALTH,
    ]


def test_what_is_inserted_into_a_template_is_found_where_it_is_written() -> None:
    code = f"const N = gql`{FRAGMENT} ${{M}}`; const M = gql`{MORE}`; const U = gql`${{N}} {USER}`;"
    assert collected(a_ts=code) == [PRINTED]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        pytest.param("\n\nconst A = gql`{ nothing }`", "a.ts:3: Cannot query field 'nothing'", id="no such field"),
        pytest.param("gql`{`", "a.ts:1: Syntax Error", id="no document"),
        pytest.param("gql`{ user(mail: 1) { ...No } }`", "a.ts:1: there is no fragment No", id="no such fragment"),
        pytest.param(
            "gql`fragment A on User { cn }`\ngql`fragment A on User { sn }`",
            "a.ts:2: there is another fragment of the name A",
            id="two of a name",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(source: str, told: str) -> None:
    with pytest.raises(SourceError) as caught:
        collected(a_ts=source)
    assert str(caught.value).startswith(told)


async def test_what_the_command_collects_is_what_a_facade_trusts(upstream: sandbox.Running, tmp_path: Path) -> None:
    file = written(tmp_path, trusted_list({"a.ts": f"gql`{HEALTH}`"}, DEFAULT, typename=True))
    async with running(settings_for(upstream.url, trusted_documents=file)) as facade:
        assert (await ask(facade, {"query": HEALTH})).json() == UP
        assert (await ask(facade, {"query": "{\n  publishHealth {\n    message\n  }\n}"})).json() == UP
