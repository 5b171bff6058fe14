"""Compressed messages: answers for who asks for them, and requests that would become too large."""

import gzip
import resource
import sys
import zlib
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from facade import sandbox
from facade.rpc.compression import SMALLEST
from facade.server import Running, running
from facade.v1 import provisioning_pb2, provisioning_pb2_grpc, publish_pb2, publish_pb2_grpc, token_pb2
from tests.rpc.http2 import Answer, call
from tests.support import basic, settings_for
from tests.wire import failed

pytestmark = pytest.mark.anyio

ASK = {"x-response-compression": "gzip"}
LIST = "/facade.v1.ProvisioningService/ListUsers"
SYNC = "/facade.v1.ProvisioningService/SyncUsers"
EVENT = "/facade.v1.PublishService/PublishEvent"
STREAM = "/facade.v1.PublishService/PublishStream"
HEALTH = "/facade.v1.PublishService/CheckHealth"
TOKEN = "/facade.v1.TokenService/GenerateToken"
NO_USER = "/facade.v1.ProvisioningService/GetUser"
ALL = provisioning_pb2.ListUsersRequest(page_size=250)
MEGABYTE = 1024**2
CREDENTIALS: Any = tuple(basic().items())


async def asked(facade: Running, path: str, message: Message, metadata: dict[str, str] | None = None) -> Answer:
    """The answer to the API user."""
    return await call(facade.grpc, path, message.SerializeToString(), basic() | (metadata or {}))


async def test_a_large_answer_is_in_gzip_for_who_asks(facade: Running) -> None:
    ((plain, expected),) = (await asked(facade, LIST, ALL)).messages
    answer = await asked(facade, LIST, ALL, ASK)
    ((compressed, message),) = answer.messages
    assert (plain, compressed) == (False, True)
    assert gzip.decompress(message) == expected
    assert len(message) < len(expected) / 2
    assert len(provisioning_pb2.ListUsersResponse.FromString(expected).users) == 250
    assert b"grpc-status\x010" in answer.headers


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({}, id="who says nothing"),
        pytest.param({"grpc-accept-encoding": "identity, deflate, gzip"}, id="who could read it"),
        pytest.param({"accept-encoding": "gzip, deflate, br"}, id="a browser behind a proxy"),
        pytest.param({"grpc-encoding": "gzip"}, id="who may send gzip"),
        pytest.param({"x-response-compression": "identity"}, id="who asks for none"),
        pytest.param({"x-response-compression": "br"}, id="who asks for another"),
    ],
)
async def test_it_is_sent_as_it_is_to(metadata: dict[str, str], facade: Running) -> None:
    answer = await asked(facade, LIST, ALL, metadata)
    assert [compressed for compressed, _ in answer.messages] == [False]
    assert b"grpc-encoding" not in answer.headers


async def test_a_client_of_grpc_s_own_reads_it(facade: Running) -> None:
    metadata: Any = (*CREDENTIALS, ("x-response-compression", "gzip"))
    async with grpc.aio.insecure_channel(facade.grpc, compression=grpc.Compression.Gzip) as channel:
        users = provisioning_pb2_grpc.ProvisioningServiceStub(channel)
        assert len((await users.ListUsers(ALL, metadata=metadata, timeout=30)).users) == 250
        every = users.StreamUsers(provisioning_pb2.StreamUsersRequest(), metadata=metadata, timeout=30)
        assert len([user async for user in every]) == 250


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param(HEALTH, publish_pb2.CheckHealthRequest(), id="a small answer"),
        pytest.param(TOKEN, token_pb2.GenerateTokenRequest(email="api@example.com", password="sandbox"), id="a token"),
        pytest.param("/grpc.health.v1.Health/Check", publish_pb2.CheckHealthRequest(), id="an answer of grpcio's"),
    ],
)
async def test_what_would_gain_nothing_or_is_secret_is_sent_as_it_is(
    path: str, message: Message, facade: Running
) -> None:
    answer = await asked(facade, path, message, ASK)
    assert [compressed for compressed, _ in answer.messages] == [False]
    assert b"grpc-encoding" not in answer.headers


async def test_of_a_stream_the_large_messages_are_in_gzip(facade: Running) -> None:
    options = provisioning_pb2.SyncUsersRequest(options={"delete_missing": True})
    answer = await asked(facade, SYNC, options, ASK)
    ((compressed, message),) = answer.messages
    assert compressed
    assert len(provisioning_pb2.SyncUsersResponse.FromString(gzip.decompress(message)).plan.to_delete) == 250
    assert b"grpc-status\x019" in answer.headers, "and the error that ends it is told as always"


async def test_a_message_of_a_stream_that_is_small_is_sent_as_it_is(facade: Running) -> None:
    item = publish_pb2.PublishItem(item_id="a", event=publish_pb2.Event(env_customer_id="C-100"))
    answer = await asked(facade, STREAM, publish_pb2.PublishStreamRequest(item=item), ASK)
    ((compressed, message),) = answer.messages
    assert not compressed
    assert len(message) < SMALLEST
    assert publish_pb2.PublishStreamResponse.FromString(message).result.message == "Data published successfully"


async def test_an_error_is_told_to_who_asks_as_to_anybody(facade: Running) -> None:
    answer = await asked(facade, NO_USER, provisioning_pb2.GetUserRequest(mail="nobody@example.com"), ASK)
    assert answer.messages == []
    assert b"grpc-status\x015" in answer.headers


async def test_a_compressed_request_is_read(facade: Running) -> None:
    event = publish_pb2.PublishEventRequest(event={"env_customer_id": "C-100", "description": "x" * 10_000})
    async with grpc.aio.insecure_channel(facade.grpc, compression=grpc.Compression.Gzip) as channel:
        publish = publish_pb2_grpc.PublishServiceStub(channel)
        answer = await publish.PublishEvent(event, metadata=CREDENTIALS, timeout=30)
    assert answer.message == "Data published successfully"


@pytest.mark.parametrize(("size", "code"), [(100_000, "INVALID_ARGUMENT"), (100_001, "RESOURCE_EXHAUSTED")])
@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip], ids=["plain", "gzip"])
async def test_the_largest_request_is_measured_decompressed(
    size: int, code: str, compression: grpc.Compression, upstream: sandbox.Running
) -> None:
    async with running(settings_for(upstream.url, max_request_bytes=100_000)) as facade:
        channel: Any = grpc.aio.insecure_channel(facade.grpc, compression=compression)
        async with channel:
            error = await failed(channel.unary_unary(EVENT)(b"\xff" * size, metadata=CREDENTIALS, timeout=30))
    assert error.code().name == code


def bomb(megabytes: int) -> bytes:
    """So many megabytes of zeros in gzip, a thousandth of that: deflate's blocks of one megabyte, repeated."""
    zeros, crc = bytes(MEGABYTE), 0
    pack = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = pack.compress(zeros) + pack.flush(zlib.Z_FULL_FLUSH)
    for _ in range(megabytes):
        crc = zlib.crc32(zeros, crc)
    size = megabytes * MEGABYTE % 2**32
    head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    return head + block * megabytes + pack.flush() + crc.to_bytes(4, "little") + size.to_bytes(4, "little")


def test_the_bomb_is_gzip() -> None:
    assert gzip.decompress(bomb(3)) == bytes(3 * MEGABYTE)


def peak() -> int:
    """The most bytes of memory that the process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.parametrize("path", [EVENT, STREAM])
async def test_a_megabyte_that_becomes_a_gigabyte_is_refused_and_takes_no_memory(path: str, facade: Running) -> None:
    message = bomb(1024)
    assert len(message) < 2 * MEGABYTE
    before = peak()
    answer = await call(facade.grpc, path, message, basic() | {"grpc-encoding": "gzip"}, compressed=True)
    assert b"grpc-status\x018" in answer.headers, "RESOURCE_EXHAUSTED"
    assert peak() - before < 100 * MEGABYTE
    assert len((await asked(facade, LIST, ALL)).messages) == 1, "the next call is served"
