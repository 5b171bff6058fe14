"""The types that a body may have, and an answer can have."""

import httpx
import pytest

from facade.graphql.accept import answer_form
from facade.graphql.request import HttpError
from facade.server import Running
from tests.graphql.http import BODY, JSON, NEW, only_errors, post

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("value", [JSON, "APPLICATION/JSON", f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"'])
async def test_json_is_read(value: str, facade: Running) -> None:
    assert (await post(facade, content_type=value)).json() == {"data": {"__typename": "Query"}}


@pytest.mark.case("G07", "G08")
@pytest.mark.parametrize(
    "value",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonx",
        f"text/plain, {JSON}",
        f"{JSON}; charset=utf-16",
        f"{JSON}; charset=latin-1",
        f"{JSON}; boundary=x",
    ],
)
async def test_another_content_type_is_not_executed(value: str, facade: Running) -> None:
    answer = await post(facade, content_type=value)
    assert answer.status_code == 415
    only_errors(answer)


@pytest.mark.case("G07")
@pytest.mark.parametrize("value", ["gzip", "br", "identity, gzip"])
async def test_a_compressed_body_is_not_read(value: str, facade: Running) -> None:
    answer = await post(facade, content_encoding=value)
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")


async def test_a_body_that_is_said_to_be_as_it_is_is_read(facade: Running) -> None:
    assert (await post(facade, content_encoding="identity")).status_code == 200


@pytest.mark.case("G12")
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        pytest.param("", JSON, id="no wish"),
        pytest.param("*/*", JSON, id="anything"),
        pytest.param("application/*", JSON, id="anything of its kind"),
        pytest.param(JSON, JSON, id="the old type"),
        pytest.param(NEW, NEW, id="the new type"),
        pytest.param(NEW.upper(), NEW, id="the new type in capitals"),
        pytest.param(f"{JSON}, {NEW}", NEW, id="both alike"),
        pytest.param(f"{NEW}, {JSON};q=0.9", NEW, id="the new one rather"),
        pytest.param(f"{JSON}, {NEW};q=0.5", JSON, id="the old one rather"),
        pytest.param(f"{JSON};q=0, */*", NEW, id="anything but the old one"),
        pytest.param(f"{NEW};q=0, */*", JSON, id="anything but the new one"),
        pytest.param(f"text/html, {NEW}, */*;q=0.1", NEW, id="the new one among others"),
        pytest.param(f"{JSON}, text/plain, */*", JSON, id="the old one among others"),
        pytest.param(f"{NEW};q=x, {JSON};q=0.1", JSON, id="a weight that is none"),
        pytest.param(f"{NEW};q=2, {JSON};q=nan, */*;q=1.0", "", id="weights that are none"),
        pytest.param(f"{JSON};charset=utf-8;q=1", JSON, id="with a charset"),
        pytest.param("text/html", "", id="only another type"),
        pytest.param("*/*;q=0", "", id="nothing"),
        pytest.param(f"{JSON};q=0", "", id="not the old one, and no other"),
    ],
)
def test_the_type_of_the_answer_is_the_one_that_the_caller_prefers(accept: str, kind: str) -> None:
    if kind:
        assert answer_form(accept).kind == kind
    else:
        with pytest.raises(HttpError, match="Offered are") as caught:
            answer_form(accept)
        assert caught.value.status == 406


@pytest.mark.parametrize("accept", ["*/*", JSON, NEW])
async def test_the_answer_has_the_type_that_was_asked_for(accept: str, facade: Running) -> None:
    answer = await post(facade, accept=accept)
    expected = JSON if accept == "*/*" else accept
    assert answer.headers["content-type"] == f"{expected}; charset=utf-8"


@pytest.mark.case("G12")
async def test_a_type_that_is_not_offered_is_not_acceptable(facade: Running) -> None:
    answer = await post(facade, accept="text/html")
    assert answer.status_code == 406
    only_errors(answer)


async def test_several_accept_headers_are_one_list(facade: Running) -> None:
    headers = [("content-type", JSON), ("accept", "text/html"), ("accept", NEW)]
    async with httpx.AsyncClient(base_url=facade.http) as client:
        request = httpx.Request("POST", f"{facade.http}/graphql", headers=headers, content=BODY)
        answer = await client.send(request)
    assert answer.headers["content-type"] == f"{NEW}; charset=utf-8"
