"""Server reflection, asked by stock clients in both of its versions."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from facade.server import Running

pytestmark = pytest.mark.anyio

VERSIONS = ["grpc.reflection.v1alpha", "grpc.reflection.v1"]
SERVICES = {
    "facade.v1.TokenService",
    "facade.v1.PublishService",
    "facade.v1.TicketService",
    "facade.v1.ProvisioningService",
    "grpc.health.v1.Health",
    "grpc.reflection.v1alpha.ServerReflection",
    "grpc.reflection.v1.ServerReflection",
}


async def ask(facade: Running, version: str, **question: Any) -> Any:
    """The answer to one question. The messages of both versions are the same, to the byte."""
    request = ServerReflectionRequest(**question)
    async with grpc.aio.insecure_channel(facade.grpc) as channel:
        method = channel.stream_stream(
            f"/{version}.ServerReflection/ServerReflectionInfo",
            ServerReflectionRequest.SerializeToString,
            ServerReflectionResponse.FromString,
        )
        (answer,) = [answer async for answer in method(iter([request]))]
    return answer


@pytest.mark.parametrize("version", VERSIONS)
async def test_it_lists_all_services(version: str, facade: Running) -> None:
    answer = await ask(facade, version, list_services="")
    assert {service.name for service in answer.list_services_response.service} == SERVICES


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("symbol", sorted(SERVICES))
async def test_the_descriptor_of_each_service_can_be_read(symbol: str, version: str, facade: Running) -> None:
    answer = await ask(facade, version, file_containing_symbol=symbol)
    pool = DescriptorPool()
    for raw in answer.file_descriptor_response.file_descriptor_proto:
        add(pool, raw, answer)
    assert pool.FindServiceByName(symbol).full_name == symbol


def add(pool: DescriptorPool, raw: bytes, answer: Any) -> None:
    """Adds a file after those that it imports, all of which have come with it."""
    every = [FileDescriptorProto.FromString(each) for each in answer.file_descriptor_response.file_descriptor_proto]
    file = FileDescriptorProto.FromString(raw)
    for name in file.dependency:
        (needed,) = [each for each in every if each.name == name]
        add(pool, needed.SerializeToString(), answer)
    pool.AddSerializedFile(raw)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_symbol_that_is_not_there_is_not_found(version: str, facade: Running) -> None:
    answer = await ask(facade, version, file_containing_symbol="facade.v1.Nothing")
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


async def test_buf_curl_finds_all_services(facade: Running) -> None:
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "buf"),
        *("curl", "--protocol", "grpc", "--http2-prior-knowledge", "--list-services", f"http://{facade.grpc}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert set(out.decode().split()) >= SERVICES - {"grpc.reflection.v1alpha.ServerReflection"}


async def test_buf_curl_calls_an_operation(facade: Running) -> None:
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "buf"),
        *("curl", "--protocol", "grpc", "--http2-prior-knowledge", "-d", "{}"),
        f"http://{facade.grpc}/facade.v1.PublishService/CheckHealth",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert b"API is running" in out
