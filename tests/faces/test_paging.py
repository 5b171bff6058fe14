"""Lists: every user once, forward and backward, whatever the page size; streams no faster than they are read."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import httpx
import pytest

from facade import sandbox
from facade.domain import cursor
from facade.server import Running
from facade.v1 import provisioning_pb2 as pb
from facade.v1 import provisioning_pb2_grpc
from tests.faces.client import Face, Failure
from tests.faces.graphql import GraphqlFace
from tests.faces.rpc import GrpcFace
from tests.faces.stack import standing
from tests.support import basic, quiet, set_faults, until

pytestmark = pytest.mark.anyio

LIST = "*UserProvisioningService.json"
# As they are written, but never given out.
BEFORE, BEYOND = cursor.encode(0, backward=True), cursor.encode(2**32 - 1)


async def pages(face: Face, size: int, *, backward: bool) -> AsyncIterator[list[dict[str, Any]]]:
    """The pages of the whole list, walked from one end to the other."""
    if face.name == "grpc":
        async for page in grpc_pages(face, size, backward=backward):
            yield page
        return
    count, place, more, end = (
        ("last", "before", "has_previous_page", "start_cursor")
        if backward
        else ("first", "after", "has_next_page", "end_cursor")
    )
    arguments: dict[str, Any] = {count: size}
    while True:
        answer = await face.call("ListUsers", arguments)
        assert [edge["node"] for edge in answer["edges"]] == answer["nodes"]
        assert answer["total_count"] == 250
        yield answer["nodes"]
        if not answer["page_info"][more]:
            return
        arguments[place] = answer["page_info"][end]


async def grpc_pages(face: Face, size: int, *, backward: bool) -> AsyncIterator[list[dict[str, Any]]]:
    """The same with page tokens. The way back starts behind the last place."""
    key = "previous_page_token" if backward else "next_page_token"
    token = cursor.encode(250, backward=True) if backward else ""
    while True:
        page = await face.call("ListUsers", {"page_size": size, "page_token": token})
        assert page["total_size"] == 250
        yield page["users"]
        token = page[key]
        if not token:
            return


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("size", [1000, 250, 100, 37, 1])
async def test_all_users_once_each(face: Face, upstream: sandbox.Running, size: int, backward: bool) -> None:
    expected = [user["mail"] for user in upstream.state.roster.page(0, 1000)]
    walked: list[str] = []

    async for page in pages(face, size, backward=backward):
        assert len(page) <= size
        mails = [user["mail"] for user in page]
        walked = mails + walked if backward else walked + mails

    assert walked == expected


async def test_a_page_of_250_costs_three_upstream_calls(face: Face, upstream: sandbox.Running) -> None:
    await face.call("ListUsers", {"page_size": 250} if face.name == "grpc" else {"first": 250})

    queries = [entry.query for entry in upstream.state.log.entries(LIST)]
    assert queries == ["beginIndex=0&endIndex=99", "beginIndex=99&endIndex=198", "beginIndex=198&endIndex=249"]


async def test_a_page_is_a_hundred_users_if_nothing_is_said(face: Face) -> None:
    page = await face.call("ListUsers")

    assert len(page["users" if face.name == "grpc" else "nodes"]) == 100


async def test_the_two_faces_share_their_cursors(facade: Running) -> None:
    async with GrpcFace(facade.grpc) as rpc, GraphqlFace(facade.http) as graphql:
        first = await rpc.call("ListUsers", {"page_size": 10})
        then = await graphql.call("ListUsers", {"first": 10, "after": first["next_page_token"]})
        third = await rpc.call("ListUsers", {"page_size": 10, "page_token": then["page_info"]["end_cursor"]})
        back = await graphql.call("ListUsers", {"last": 10, "before": third["previous_page_token"]})

    assert back["nodes"] == then["nodes"]
    assert third["users"][0]["mail"] not in {user["mail"] for user in [*first["users"], *then["nodes"]]}


async def test_who_goes_back_in_a_list_that_has_become_shorter_misses_nobody(
    face: Face, upstream: sandbox.Running
) -> None:
    page = await face.call("ListUsers", {"page_token" if face.name == "grpc" else "after": cursor.encode(199)})
    for user in upstream.state.roster.page(0, 149):
        upstream.state.roster.delete(str(user["mail"]))
    if face.name == "grpc":
        back = await face.call("ListUsers", {"page_token": page["previous_page_token"]})
    else:
        back = await face.call("ListUsers", {"last": 100, "before": page["page_info"]["start_cursor"]})
    left = [user["mail"] for user in upstream.state.roster.page(0, 1000)]
    assert [user["mail"] for user in back["users" if face.name == "grpc" else "nodes"]] == left
    assert len(left) == 100


async def test_a_range_between_two_cursors_is_cut_at_both_ends(facade: Running) -> None:
    async with GraphqlFace(facade.http) as graphql:
        edges = (await graphql.call("ListUsers", {"first": 10}))["edges"]
        between = {"after": edges[2]["cursor"], "before": edges[7]["cursor"]}

        assert (await graphql.call("ListUsers", between | {"first": 100}))["edges"] == edges[3:7]
        assert (await graphql.call("ListUsers", between | {"first": 2}))["edges"] == edges[3:5]
        assert (await graphql.call("ListUsers", between | {"last": 2}))["edges"] == edges[5:7]
        nothing = await graphql.call("ListUsers", {"after": edges[4]["cursor"], "before": edges[5]["cursor"]})
        assert (nothing["edges"], nothing["total_count"]) == ([], 250)
        assert nothing["page_info"]["start_cursor"] is None


@pytest.mark.case("G16")
@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"grpc": {"page_size": -1}, "graphql": {"first": -1}}, {"grpc": "page_size", "graphql": "first"}),
        ({"grpc": {"page_size": -(2**31)}, "graphql": {"last": 0}}, {"grpc": "page_size", "graphql": "last"}),
        ({"grpc": {"page_size": -(2**31)}, "graphql": {"first": 0}}, {"grpc": "page_size", "graphql": "first"}),
        ({"grpc": {"page_token": "x"}, "graphql": {"after": "x"}}, {"grpc": "page_token", "graphql": "after"}),
        ({"grpc": {"page_token": "MQ=="}, "graphql": {"before": "MQ=="}}, {"grpc": "page_token", "graphql": "before"}),
        ({"grpc": {"page_token": "\u00e9"}, "graphql": {"after": ""}}, {"grpc": "page_token", "graphql": "after"}),
        ({"grpc": {"page_token": BEFORE}, "graphql": {"before": BEFORE}}, {"grpc": "page_token", "graphql": "before"}),
        ({"grpc": {"page_token": BEYOND}, "graphql": {"after": BEYOND}}, {"grpc": "page_token", "graphql": "after"}),
    ],
    ids=[
        "negative",
        "too small",
        "nought",
        "foreign text",
        "foreign cursor",
        "no ASCII or empty",
        "a page before the first",
        "a place that no list has",
    ],
)
async def test_a_bad_page_is_named(face: Face, arguments: dict[str, Any], field: dict[str, str]) -> None:
    with pytest.raises(Failure, match="INVALID_ARGUMENT INVALID_REQUEST") as caught:
        await face.call("ListUsers", arguments[face.name])

    assert list(caught.value.violations) == [field[face.name]]


@pytest.mark.case("G16")
async def test_more_than_a_thousand_is_cut_to_a_thousand() -> None:
    for name, huge in (("grpc", {"page_size": 2**31 - 1}), ("graphql", {"first": 2**31 - 1})):
        async with standing(name, options=sandbox.Options(users=1200)) as stack:
            page = await stack.face.call("ListUsers", huge)
            assert len(page["users" if name == "grpc" else "nodes"]) == 1000


async def test_a_stream_gives_all_users(facade: Running) -> None:
    async with GrpcFace(facade.grpc) as rpc:
        stream = (await rpc.call("StreamUsers"))["stream"]

    assert len({message["user"]["mail"] for message in stream}) == len(stream) == 250


async def test_a_stream_that_nobody_reads_stops_asking_the_upstream() -> None:
    asked = 0

    def long_list(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        begin, end = (int(request.url.params[name]) for name in ("beginIndex", "endIndex"))
        flags = dict.fromkeys(("accountAdmin", "developer", "endUser", "operator", "tester"), False)
        users = [
            {"mail": f"{place}@example.com", "cn": "x" * 4000, "sn": "y", **flags} for place in range(begin, end + 1)
        ]
        return httpx.Response(200, json={"beginIndex": begin, "endIndex": end, "totalUsers": 10**7, "users": users})

    async with standing("grpc", transport=httpx.MockTransport(long_list)) as stack:
        async with grpc.aio.insecure_channel(stack.facade.grpc) as channel:
            stub = provisioning_pb2_grpc.ProvisioningServiceStub(channel)
            call = stub.StreamUsers(pb.StreamUsersRequest(), metadata=tuple(basic().items()))
            await call.read()
            await until(quiet(lambda: asked))
            assert asked < 200  # what HTTP/2's window holds; without it the list would go on
            call.cancel()
        await until(lambda: stack.facade.door.in_flight == 0)


@pytest.mark.case("D09")
async def test_a_stream_whose_second_page_fails_ends_with_the_error(facade: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, {"path": LIST, "delay": 0, "times": 1}, {"path": LIST, "status": 500})
    received: list[str] = []

    async def read(stub: "provisioning_pb2_grpc.ProvisioningServiceAsyncStub") -> None:
        async for message in stub.StreamUsers(pb.StreamUsersRequest(), metadata=tuple(basic().items())):
            received.append(message.user.mail)  # noqa: PERF401 - what came before the error counts

    async with grpc.aio.insecure_channel(facade.grpc) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await read(provisioning_pb2_grpc.ProvisioningServiceStub(channel))

    assert len(received) == 100
    assert caught.value.code() is grpc.StatusCode.UNKNOWN
