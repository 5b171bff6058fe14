"""Lists of users that lie, move or fail while they are read: on both faces whole, or an error; never endless."""

from contextlib import suppress
from typing import Any

import grpc
import httpx
import pytest

from facade import sandbox
from facade.v1 import provisioning_pb2 as pb
from facade.v1.provisioning_pb2_grpc import ProvisioningServiceStub
from tests.faces.client import Failure
from tests.faces.graphql import DOCUMENTS, GraphqlFace
from tests.faces.stack import FACES, Stack, standing
from tests.support import basic, set_faults
from tests.upstreams.members import Members, Page, member
from tests.upstreams.test_provisioning_pages import URIS
from tests.upstreams.test_provisioning_walks import HARMLESS, LIES, MOVED, second

BPM = "*UserProvisioningService.json*"
EVERYBODY: dict[str, dict[str, Any]] = {"grpc": {"page_size": 1000}, "graphql": {"first": 1000}}
# How a caller can read the whole list in one call.
WAYS = [("grpc", "ListUsers"), ("grpc", "StreamUsers"), ("graphql", "ListUsers")]


async def everybody(stack: Stack, operation: str) -> list[str]:
    """The first names of all users."""
    answer = await stack.face.call(operation, None if operation == "StreamUsers" else EVERYBODY[stack.face.name])
    if operation == "StreamUsers":
        return [message["user"]["cn"] for message in answer["stream"]]
    return [user["cn"] for user in answer["users" if stack.face.name == "grpc" else "nodes"]]


@pytest.mark.case("B02")
@pytest.mark.parametrize(("name", "operation"), WAYS)
@pytest.mark.parametrize("uri", URIS, ids=lambda uri: repr(uri)[:40])
async def test_the_uris_of_other_pages_are_never_followed_and_shorten_no_list(
    name: str, operation: str, uri: object
) -> None:
    members = Members(250, bend=lambda _, page: page | {"nextPage": uri, "previousPage": uri})
    async with standing(name, transport=members) as stack:
        assert await everybody(stack, operation) == [str(number) for number in range(250)]
        own = httpx.URL(stack.upstream.url)

    assert {(each.url.host, each.url.port) for each in members.requests} == {(own.host, own.port)}
    assert members.ranges == ["0..99", "99..198", members.ranges[-1]]


def grows(number: int, page: Page) -> Page:
    """A total that is always more than there are."""
    return page | {"totalUsers": 1000 + number}


TROUBLES = (
    {f"it lies: {what}": ({"bend": lie}, "UPSTREAM_MALFORMED_RESPONSE") for what, lie in LIES.items()}
    | {f"it moves: {what}": ({"move": second(change)}, "LIST_CHANGED") for what, change in MOVED.items()}
    | {"its total grows and grows": ({"bend": grows}, "UPSTREAM_MALFORMED_RESPONSE")}
)


@pytest.mark.case("B04", "D08", "D10")
@pytest.mark.parametrize(("name", "operation"), WAYS)
@pytest.mark.parametrize(("bent", "reason"), TROUBLES.values(), ids=TROUBLES.keys())
async def test_a_list_that_lies_or_moves_is_not_called_complete(
    name: str, operation: str, bent: dict[str, Any], reason: str
) -> None:
    """D10 lets duplicates be removed: we say ABORTED instead, for what moved may as well have hidden a user."""
    members = Members(250, **bent)
    async with standing(name, transport=members) as stack:
        with pytest.raises(Failure) as caught:
            await everybody(stack, operation)

    assert caught.value.reason == reason
    assert len(members.requests) <= 3


@pytest.mark.case("B04", "D08")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
async def test_a_sync_over_a_list_that_lies_changes_nothing(name: str, lie: Any) -> None:
    """One that moved is read again, as long as it moves five times at most."""
    members = Members(250, bend=lie)
    roster = [{"mail": "new@example.com", "cn": "New", "sn": "User"}]
    options = {"delete_missing": True, "max_deletes": 1000}
    async with standing(name, transport=members) as stack:
        with pytest.raises(Failure) as caught:
            await stack.face.call("SyncUsers", {"options": options, "roster": roster})

    assert caught.value.reason == "UPSTREAM_MALFORMED_RESPONSE"
    assert {each.method for each in members.requests} == {"GET"}


@pytest.mark.case("D10")
@pytest.mark.parametrize(("name", "operation"), WAYS)
@pytest.mark.parametrize(("change", "expected"), HARMLESS.values(), ids=HARMLESS.keys())
async def test_a_change_behind_what_was_read_gives_the_newer_list(
    name: str, operation: str, change: Any, expected: list[str]
) -> None:
    async with standing(name, transport=Members(250, move=second(change))) as stack:
        assert await everybody(stack, operation) == expected


@pytest.mark.case("B04")
@pytest.mark.parametrize(("name", "operation"), [("grpc", "StreamUsers")])
async def test_a_list_that_grows_for_ever_ends_with_the_time(name: str, operation: str) -> None:
    """A page has a thousand users at most, so that this can only be a stream."""

    def grow(_number: int, users: list[str]) -> None:
        users.extend(str(len(users) + index) for index in range(200))

    async with standing(name, transport=Members(200, move=grow), default_timeout=0.5) as stack:
        with pytest.raises(Failure, match="DEADLINE_EXCEEDED"):
            await everybody(stack, operation)
        assert stack.facade.door.in_flight == 0


@pytest.mark.case("D09")
async def test_graphql_tells_the_path_of_a_list_whose_second_page_fails() -> None:
    async with standing("graphql") as stack:
        assert isinstance(stack.face, GraphqlFace)
        await set_faults(stack.upstream.url, {"path": BPM, "delay": 0, "times": 1}, {"path": BPM, "status": 500})

        answer = await stack.face.execute(DOCUMENTS["ListUsers"][1], {"first": 150})

        assert answer["data"] is None
        (error,) = answer["errors"]
        assert (error["path"], error["extensions"]["code"]) == (["users"], "UNKNOWN")
        await set_faults(stack.upstream.url)
        assert len((await stack.face.call("ListUsers", {"first": 150}))["nodes"]) == 150


@pytest.mark.case("D08", "D09")
async def test_a_stream_with_a_user_who_is_none_ends_with_an_error_after_the_good_page() -> None:
    """Of an answer with one bad user nothing is given: which users are missing could not be told."""

    def bend(number: int, page: Page) -> Page:
        return page | ({"users": [*page["users"][:-1], member("x") | {"tester": None}]} if number else {})

    received = []
    async with (
        standing("grpc", transport=Members(250, bend=bend)) as stack,
        grpc.aio.insecure_channel(stack.facade.grpc) as channel,
    ):
        stream = ProvisioningServiceStub(channel).StreamUsers(pb.StreamUsersRequest(), metadata=tuple(basic().items()))
        with suppress(grpc.aio.AioRpcError):
            async for message in stream:
                received.append(message.user.cn)  # noqa: PERF401 - what came before the error counts
        code = await stream.code()

    assert code is grpc.StatusCode.INTERNAL
    assert received == [str(number) for number in range(100)]


@pytest.mark.case("B04")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("users", [0, 1, 100, 101, 250], ids=str)
async def test_a_list_is_whole_whatever_its_length(name: str, users: int) -> None:
    async with standing(name, options=sandbox.Options(users=max(users, 2))) as stack:
        expected = [user["cn"] for user in stack.upstream.state.roster.page(0, 1000)]
        assert await everybody(stack, "ListUsers") == expected
