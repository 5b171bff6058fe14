"""How much a document may ask for: each limit is told by name, at its edge, however fragments cut the document."""

from typing import Any

import pytest

from facade import sandbox
from facade.errors import FacadeError, Reason
from facade.graphql.documents import Document, Documents
from facade.graphql.extent import Bounds
from facade.graphql.schema import executable
from facade.server import running
from tests.faces.client import Failure
from tests.faces.graphql import GraphqlFace, failure
from tests.support import settings_for

pytestmark = pytest.mark.anyio

BOUNDS = Bounds(tokens=60, depth=3, aliases=3, directives=3, calls=3)


def read(text: str, bounds: Bounds = BOUNDS) -> Document:
    return Documents(executable(), introspection=False, bounds=bounds).read(text)


def refusal(document: Document) -> FacadeError:
    assert document.node is None
    (error,) = document.errors
    assert isinstance(error.original_error, FacadeError)
    return error.original_error


HEALTH = "publishHealth { message }"
EDGES = {
    "tokens": ("{" + "__typename " * 58 + "}", "{" + "__typename " * 59 + "}", "more than 60 tokens"),
    "depth": ("{ users { nodes { mail } } }", "{ users { edges { node { mail } } } }", "more than 3 levels deep"),
    "aliases": (
        "{ a: __typename b: __typename c: __typename }",
        "{ a: __typename b: __typename c: __typename d: __typename }",
        "more than 3 aliases",
    ),
    "directives": (
        "{ " + "__typename @skip(if: true) " * 3 + "}",
        "{ " + "__typename @skip(if: true) " * 4 + "}",
        "more than 3 directives",
    ),
    "root fields": (
        f"{{ a: {HEALTH} b: {HEALTH} c: {HEALTH} __typename }}",
        f"{{ a: {HEALTH} b: {HEALTH} c: {HEALTH} {HEALTH} }}",
        "more than 3 root fields",
    ),
}


@pytest.mark.case("G03")
@pytest.mark.parametrize(("within", "beyond", "told"), EDGES.values(), ids=EDGES)
def test_a_limit_is_told_at_its_edge(within: str, beyond: str, told: str) -> None:
    assert read(within).errors == ()
    error = refusal(read(beyond))
    assert (error.code, error.reason) == ("INVALID_ARGUMENT", "QUERY_TOO_LARGE")
    assert told in error.message


IN_FRAGMENTS = {
    "depth": "{ users { ...a } } fragment a on UserConnection { edges { ...b } }"
    " fragment b on UserEdge { node { mail } }",
    "depth in pieces": "{ ... { ... { users { ... { edges { ... { node { mail } } } } } } } }",
    "aliases": "{ x: users { ...a } y: users { ...a } } fragment a on UserConnection { z: totalCount }",
    "directives": "{ ...a @skip(if: true) ... @skip(if: true) { ...a } }"
    " fragment a on Query { __typename @skip(if: true) }",
    "root fields": "{ a: publishHealth { message } ...f ... { ...f } } fragment f on Query { b: users { totalCount }"
    " c: users { totalCount } users { totalCount } }",
}


@pytest.mark.parametrize("text", IN_FRAGMENTS.values(), ids=IN_FRAGMENTS)
def test_fragments_hide_nothing(text: str) -> None:
    assert refusal(read(text)).reason is Reason.QUERY_TOO_LARGE


def test_a_fragment_that_is_spread_twice_in_one_set_asks_for_its_fields_once() -> None:
    assert read("{ ...f ...f ... { ...f } } fragment f on Query { a: publishHealth { message } }").errors == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{ ...a } fragment a on Query { ...a }", id="a circle"),
        pytest.param(
            "{ ...a } fragment a on Query { x: __typename ...b } fragment b on Query { ...a }", id="a larger one"
        ),
        pytest.param("{ ...missing }", id="a missing fragment"),
        pytest.param("{ users }", id="no fields"),
    ],
)
def test_what_is_not_valid_is_measured_and_told_as_that(text: str) -> None:
    (error, *_) = read(text).errors
    assert error.original_error is None


@pytest.mark.case("G02")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{" + f"{HEALTH} " * 70 + "}", id="the same field"),
        pytest.param("{" + 'user(mail: "a") { mail } ' * 90 + "}", id="with arguments"),
        pytest.param("{" + "... { publishHealth { ... { message } } } " * 70 + "}", id="in pieces"),
        pytest.param(
            "{ ...a" + f" {HEALTH}" * 40 + f"}} fragment a on Query {{ {HEALTH * 40} }}", id="and in a fragment"
        ),
        pytest.param(
            "{ __typename } " + " ".join(f"fragment f{n} on Query {{ __typename }}" for n in range(51)), id="fragments"
        ),
        pytest.param("{ __typename } fragment a on Query {" + f"{HEALTH} " * 90 + "}", id="where nobody asks for it"),
    ],
)
def test_what_would_be_compared_with_each_other_for_long_is_refused_before(text: str) -> None:
    assert refusal(read(text, Bounds())).reason is Reason.QUERY_TOO_LARGE


def test_fifty_users_with_all_they_have_may_be_asked_for() -> None:
    users = " ".join(f'u{n}: user(mail: "{n}") {{ ...all }}' for n in range(50))
    fields = "mail cn sn accountAdmin developer endUser operator tester"
    assert read(f"{{ {users} }} fragment all on User {{ {fields} }}", Bounds()).errors == ()


SETTINGS: dict[str, Any] = {
    "max_query_tokens": "{ a: users { totalCount } }",
    "max_query_depth": "{ users { edges { node { mail } } } }",
    "max_query_aliases": "{ a: __typename b: __typename c: __typename d: __typename }",
    "max_query_directives": "{ " + "__typename @skip(if: true) " * 4 + "}",
    "max_query_calls": "{ " + " ".join(f"a{n}: users {{ totalCount }}" for n in range(4)) + "}",
}


@pytest.mark.parametrize("name", SETTINGS)
async def test_each_is_a_setting_that_holds_before_an_upstream_is_called(name: str, upstream: sandbox.Running) -> None:
    async with running(settings_for(upstream.url, **{name: 3})) as facade, GraphqlFace(facade.http) as face:
        told = failure((await face.execute(SETTINGS[name]))["errors"][0])
    assert (told.code, told.reason, told.retryable) == ("INVALID_ARGUMENT", "QUERY_TOO_LARGE", False)
    assert upstream.state.log.entries() == []


@pytest.mark.case("G15")
async def test_the_items_of_a_list_of_variables_are_a_setting_too(upstream: sandbox.Running) -> None:
    mails = [f"{n}@example.com" for n in range(4)]
    async with running(settings_for(upstream.url, max_list_items=3)) as facade, GraphqlFace(facade.http) as face:
        with pytest.raises(Failure) as caught:
            await face.call("DeleteUsers", {"mails": mails})
        assert len((await face.call("DeleteUsers", {"mails": mails[:3]}))["results"]) == 3
    assert (caught.value.code, caught.value.reason) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
    assert caught.value.violations == {"variables.mails": "has more than 3 items"}
