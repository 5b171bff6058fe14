"""The facade as a subgraph of Apollo Federation: what gateways ask, sent as they send it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import build_schema

from facade import sandbox
from facade.cli import main
from facade.errors import Reason
from facade.graphql import federation, schema
from facade.graphql.documents import Documents
from facade.graphql.trusted import hashed
from facade.server import Running, running
from tests.access.files import HEADERS, OWN, billing, callers
from tests.support import basic, set_faults, settings_for

pytestmark = pytest.mark.anyio

# As Apollo's query planner writes it.
ASKED = "query($representations:[_Any!]!){_entities(representations:$representations){...on User{cn endUser}}}"
SDL = "{_service{sdl}}"
API = {"cn": "API", "endUser": True}
ORGANIZATION = {"cn": "Organization", "endUser": True}


def users(*names: str) -> list[Any]:
    """References to users of example.com."""
    return [{"__typename": "User", "mail": f"{name}@example.com"} for name in names]


@pytest.fixture
async def subgraph(upstream: sandbox.Running) -> AsyncIterator[Running]:
    async with running(settings_for(upstream.url, federation=True)) as started:
        yield started


async def ask(
    facade: Running, text: str = ASKED, representations: Any = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    body: dict[str, Any] = {"query": text}
    if representations is not None:
        body["variables"] = {"representations": representations}
    async with httpx.AsyncClient(base_url=facade.http) as client:
        return await client.post("/graphql", json=body, headers=basic() if headers is None else headers)


def reasons(answer: httpx.Response) -> dict[str, str]:
    """The reason of each error, by its path."""
    errors = answer.json()["errors"]
    return {".".join(map(str, error.get("path", []))): error["extensions"]["reason"] for error in errors}


def mails(upstream: sandbox.Running) -> list[str]:
    """Whom the upstream was asked for."""
    return [entry.path.rpartition("/")[2] for entry in upstream.state.log.entries()]


async def test_entities_come_in_the_order_of_their_references_and_each_is_asked_for_once(
    subgraph: Running, upstream: sandbox.Running
) -> None:
    answer = await ask(subgraph, representations=users("user", "api", "user"))

    assert answer.json() == {"data": {"_entities": [ORGANIZATION, API, ORGANIZATION]}}
    assert sorted(mails(upstream)) == ["api%40example.com", "user%40example.com"]


@pytest.mark.parametrize("mail", ["api", "user"])
async def test_one_alone_is_as_the_field_user(mail: str, subgraph: Running) -> None:
    single = await ask(subgraph, f'{{user(mail:"{mail}@example.com"){{cn endUser}}}}')
    answer = await ask(subgraph, representations=users(mail))
    assert answer.json()["data"]["_entities"] == [single.json()["data"]["user"]]


async def test_none_are_none(subgraph: Running, upstream: sandbox.Running) -> None:
    assert (await ask(subgraph, representations=[])).json() == {"data": {"_entities": []}}
    assert mails(upstream) == []


async def test_a_failure_is_an_error_and_null_at_its_place_and_harms_no_other(
    subgraph: Running, upstream: sandbox.Running
) -> None:
    await set_faults(upstream.url, {"path": "*/user-002@example.com", "status": 500})
    sent = [*users("nobody", "api", "user-002"), {"__typename": "Team", "id": 1}, {"__typename": "User"}, 7]

    answer = await ask(subgraph, representations=sent)

    assert answer.status_code == 200
    assert answer.json()["data"] == {"_entities": [None, API, None, None, None, None]}
    assert reasons(answer) == {
        "_entities.0": "USER_NOT_FOUND",
        "_entities.2": "UPSTREAM_ERROR",
        "_entities.3": "INVALID_REQUEST",
        "_entities.4": "INVALID_REQUEST",
        "_entities.5": "INVALID_REQUEST",
    }
    told = {error["path"][1]: error["extensions"] for error in answer.json()["errors"]}
    assert (told[2]["upstream"], told[2]["upstreamStatus"], told[2]["retryable"]) == ("bpm", 500, False)
    assert [each["field"] for each in told[3]["fieldViolations"]] == ["representations[3]"]


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        pytest.param({}, (Reason.MISSING_CREDENTIALS, 0), id="none"),
        pytest.param({"authorization": "Bearer t"}, (Reason.BASIC_REQUIRED, 0), id="a token"),
        pytest.param(basic(password="wrong"), (Reason.INVALID_CREDENTIALS, 1), id="wrong"),
        pytest.param(basic("user@example.com"), (Reason.NOT_ADMINISTRATOR, 1), id="no administrator's"),
    ],
)
@pytest.mark.parametrize("names", [("api",), ("api", "user", "user-002")], ids=["one", "several"])
async def test_credentials_are_those_of_user_and_bad_ones_are_tried_once(
    names: tuple[str, ...], headers: dict[str, str], told: tuple[Reason, int], upstream: sandbox.Running
) -> None:
    reason, calls = told
    async with running(settings_for(upstream.url, federation=True)) as subgraph:
        answer = await ask(subgraph, representations=users(*names), headers=headers)

    assert answer.json()["data"] == {"_entities": [None] * len(names)}
    assert reasons(answer) == {f"_entities.{place}": reason for place in range(len(names))}
    assert len(mails(upstream)) == calls


async def test_entities_are_asked_for_side_by_side_within_the_places_of_bulk_operations(
    upstream: sandbox.Running,
) -> None:
    await set_faults(upstream.url, {"path": "/bpm/*", "delay": 0.2})
    names = ["api", "user", "user-002", "nobody", "no.one"]
    async with running(settings_for(upstream.url, federation=True, bulk_concurrency=2)) as subgraph:
        answer = await ask(subgraph, representations=users(*names))

    assert [each is None for each in answer.json()["data"]["_entities"]] == [name.startswith("no") for name in names]
    assert upstream.state.log.most_in_flight == 2


LITERAL = "{_entities(representations:[%s]){...on User{cn}}}"
LIMITS = {
    "distinct users": (ASKED, users("api", "user", "api", "user-002"), users("api", "user", "user-002", "nobody")),
    "written in the document": (
        None,
        LITERAL % '{__typename:"User",mail:"api@example.com"}',
        LITERAL % ",".join('{__typename:"User",mail:"api@example.com"}' for _ in range(4)),
    ),
    "a variable's default": (
        None,
        ASKED.replace("!]!", '!]!=[{__typename:"User",mail:"api@example.com"}]', 1),
        ASKED.replace(
            "!]!", "!]!=[" + "".join(f'{{__typename:"User",mail:"{place}@example.com"}}' for place in "abcd") + "]", 1
        ),
    ),
    "fields beside them": (
        ASKED[:-1] + "a:publishHealth{message}b:publishHealth{message}_service{sdl}}",
        users("api"),
        users("api", "user"),
    ),
    "in fragments and twice": (
        "query($representations:[_Any!]!){...f ...f b:_entities(representations:$representations){__typename}}"
        "fragment f on Query{a:_entities(representations:$representations){__typename}}",
        users("api"),
        users("api", "user"),
    ),
}


@pytest.mark.parametrize(("text", "within", "beyond"), LIMITS.values(), ids=LIMITS)
async def test_entities_count_as_calls_and_too_many_are_refused_before_any_is_made(
    text: str | None, within: Any, beyond: Any, upstream: sandbox.Running
) -> None:
    async with running(settings_for(upstream.url, federation=True, max_query_calls=3)) as subgraph:

        async def sent(what: Any) -> httpx.Response:
            return await (ask(subgraph, what) if text is None else ask(subgraph, text, what))

        refused = await sent(beyond)
        assert refused.status_code == 400
        assert reasons(refused) == {"": "QUERY_TOO_LARGE"}
        assert "more than 3 root fields and entities" in refused.json()["errors"][0]["message"]
        assert mails(upstream) == []
        assert "errors" not in (await sent(within)).json()


async def test_the_service_tells_its_schema_also_where_introspection_is_off(upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url, federation=True, mode="production")) as subgraph:
        answer = await ask(subgraph, SDL, headers={})
        introspected = await ask(subgraph, "{__schema{queryType{name}}}")
    assert answer.json() == {"data": {"_service": {"sdl": federation.sdl()}}}
    assert introspected.status_code == 400


@pytest.mark.parametrize("text", [ASKED, SDL], ids=["entities", "service"])
async def test_it_is_no_subgraph_unless_it_is_switched_on(text: str, facade: Running) -> None:
    answer = await ask(facade, text, users("api") if text == ASKED else None)
    assert answer.status_code == 400
    assert set(reasons(answer).values()) == {"INVALID_REQUEST"}


async def test_a_subgraph_publishes_the_same_schema_as_any_other(subgraph: Running) -> None:
    async with httpx.AsyncClient(base_url=subgraph.http) as client:
        assert (await client.get("/schema.graphql")).text == schema.sdl()


@pytest.mark.parametrize(("right", "status"), [("GetUser", 200), ("ListUsers", 403)])
async def test_known_callers_need_the_right_to_get_a_user_and_none_for_the_schema(
    right: str, status: int, upstream: sandbox.Running, tmp_path: Path
) -> None:
    file = callers(tmp_path, billing(f'["ProvisioningService/{right}"]'))
    async with running(settings_for(upstream.url, federation=True, callers=file, **OWN)) as subgraph:
        answer = await ask(subgraph, representations=users("api", "user"), headers=HEADERS)
        assert answer.status_code == status
        if status == 403:
            assert reasons(answer) == {"": "OPERATION_NOT_ALLOWED"}
            assert mails(upstream) == []
        else:
            assert answer.json() == {"data": {"_entities": [API, ORGANIZATION]}}
        assert (await ask(subgraph, SDL, headers=HEADERS)).status_code == 200
        assert (await ask(subgraph, SDL, headers={})).status_code == 401


async def test_trusted_documents_bind_gateways_too(upstream: sandbox.Running, tmp_path: Path) -> None:
    file = tmp_path / "trusted.json"
    file.write_text(json.dumps({hashed(ASKED): ASKED}))
    async with running(settings_for(upstream.url, federation=True, trusted_documents=str(file))) as subgraph:
        assert "errors" not in (await ask(subgraph, representations=users("api"))).json()
        assert reasons(await ask(subgraph, SDL)) == {"": "QUERY_NOT_TRUSTED"}


@pytest.mark.parametrize("text", [ASKED, SDL, ASKED.replace("{cn", "{__typename cn")])
def test_what_gateways_ask_is_planned(text: str) -> None:
    documents = Documents(federation.executable(), introspection=False)
    assert documents.operation(documents.read(text), None).plan is not None


def test_the_command_line_prints_the_schema_of_the_subgraph(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "graphql", "--federation"]) == 0
    assert capsys.readouterr().out == federation.sdl()
    with pytest.raises(SystemExit, match="2"):
        main(["schema", "descriptor", "--federation"])
    assert "unrecognized arguments: --federation" in capsys.readouterr().err


def test_the_schema_of_the_subgraph_is_the_published_one_with_keys() -> None:
    text = federation.sdl()
    assert text.startswith('extend schema @link(url: "https://specs.apollo.dev/federation/v2.0"')
    assert 'type User @key(fields: "mail") {' in text
    plain = build_schema(text, assume_valid_sdl=True)
    assert plain.type_map.keys() == build_schema(schema.sdl()).type_map.keys()
