"""Calls that stream both ways: what is wrong with a message ends the call, in our words; what is not, does not."""

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo

from facade import sandbox
from facade.server import Running
from facade.v1 import provisioning_pb2 as users
from facade.v1 import provisioning_pb2_grpc, publish_pb2_grpc
from facade.v1 import publish_pb2 as pb
from tests.rpc.bidirectional import conversation
from tests.support import basic
from tests.wire import detail, failed

pytestmark = pytest.mark.anyio

PUBLISH = publish_pb2_grpc.PublishServiceStub
USERS = provisioning_pb2_grpc.ProvisioningServiceStub


def record(item_id: str) -> pb.PublishStreamRequest:
    return pb.PublishStreamRequest(item=pb.PublishItem(item_id=item_id, event=pb.Event(entity=item_id)))


async def test_each_item_is_answered_while_the_stream_goes_on(facade: Running) -> None:
    async with conversation(facade.grpc, PUBLISH, "PublishStream") as call:
        for name in ("a", "b", "c"):
            await call.write(record(name))
            result = (await call.read()).result
            assert (result.item_id, result.status.code, result.message) == (name, 0, "Data published successfully")
        await call.done_writing()
        assert not await call.read()  # the end
        assert await call.code() is grpc.StatusCode.OK


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (pb.PublishItem(event=pb.Event()), "item.item_id"),
        (pb.PublishItem(item_id="x" * 257, event=pb.Event()), "item.item_id"),
        (pb.PublishItem(item_id="first", event=pb.Event()), "item.item_id"),
        (pb.PublishItem(item_id="a"), "record"),
        (pb.PublishItem(item_id="a", metric=pb.Record()), "metric"),
        (pb.PublishItem(item_id="a", healthcheck=pb.Record(json=b"[]")), "healthcheck.json"),
    ],
    ids=["no id", "a long id", "a repeated id", "no record", "an empty record", "no object"],
)
async def test_a_bad_item_is_refused_and_the_stream_goes_on(
    facade: Running, upstream: sandbox.Running, item: pb.PublishItem, field: str
) -> None:
    async with conversation(facade.grpc, PUBLISH, "PublishStream") as call:
        await call.write(record("first"))
        await call.read()
        await call.write(pb.PublishStreamRequest(item=item))
        result = (await call.read()).result
        assert (result.item_id, result.status.code) == (item.item_id, 3)
        bad = BadRequest()
        assert any(each.Unpack(bad) for each in result.status.details)
        assert [each.field for each in bad.field_violations] == [field]
        await call.write(record("last"))
        assert (await call.read()).result.status.code == 0
    assert len(upstream.state.log.entries("/publish/*")) == 2


async def test_a_message_that_cannot_be_read_ends_the_stream(facade: Running) -> None:
    async with grpc.aio.insecure_channel(facade.grpc) as channel:
        method = channel.stream_stream("/facade.v1.PublishService/PublishStream", None, None)
        call = method(iter([b"\xff\xff"]), metadata=tuple(basic().items()))
        error = await failed(call)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert error.details() == "The request is not a facade.v1.PublishStreamRequest."


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([], "options"),
        ([users.SyncUsersRequest(user=users.NewUser())], "options"),
        ([users.SyncUsersRequest()], "options"),
        ([users.SyncUsersRequest(options=users.SyncOptions())] * 2, "user"),
        ([users.SyncUsersRequest(options=users.SyncOptions(max_deletes=-1))], "options.max_deletes"),
        (
            [users.SyncUsersRequest(options=users.SyncOptions()), users.SyncUsersRequest(user=users.NewUser(mail="a"))],
            "roster[0].cn",
        ),
    ],
    ids=["nothing", "a user first", "an empty message", "options twice", "a negative limit", "a user without a name"],
)
async def test_a_roster_that_is_wrong_is_refused_before_anything_is_sent(
    facade: Running, upstream: sandbox.Running, messages: list[users.SyncUsersRequest], field: str
) -> None:
    async with conversation(facade.grpc, USERS, "SyncUsers") as call:
        for message in messages:
            await call.write(message)
        await call.done_writing()
        error = await failed(call)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    bad = detail(error, BadRequest)
    assert bad is not None
    assert [each.field for each in bad.field_violations] == [field]
    assert not upstream.state.log.entries()


async def test_a_roster_that_does_not_end_is_waited_for_no_longer_than_the_time_allows(facade: Running) -> None:
    async with conversation(facade.grpc, USERS, "SyncUsers", timeout=0.3) as call:
        await call.write(users.SyncUsersRequest(options=users.SyncOptions()))
        error = await failed(call)
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_stream_ends_when_its_time_is_over_after_the_results_of_all_that_was_sent(facade: Running) -> None:
    async with conversation(facade.grpc, PUBLISH, "PublishStream", timeout=1.0) as call:
        await call.write(record("a"))
        assert (await call.read()).result.status.code == 0
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
    error = caught.value
    info = detail(error, ErrorInfo)
    assert info is not None
    assert (error.code(), info.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "UPSTREAM_TIMEOUT")
