"""grpc.health.v1: what it says of each service, and to whom it says it when that changes."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from facade.rpc.health import NOT_SERVING, SERVING, Health
from tests.rpc.server import serving
from tests.wire import failed

pytestmark = pytest.mark.anyio

UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


@pytest.fixture
async def health() -> Health:
    """Two services, one of which is well."""
    made = Health()
    await made.report("well", serving=True)
    await made.report("ill", serving=False)
    return made


@pytest.fixture
async def stub(health: Health) -> AsyncIterator[Any]:
    async with serving(health.handlers()) as channel:
        yield health_pb2_grpc.HealthStub(channel)


def asking(service: str) -> health_pb2.HealthCheckRequest:
    return health_pb2.HealthCheckRequest(service=service)


@pytest.mark.parametrize(("service", "status"), [("", SERVING), ("well", SERVING), ("ill", NOT_SERVING)])
async def test_check_tells_of_one_service(service: str, status: int, stub: Any) -> None:
    assert (await stub.Check(asking(service))).status == status


async def test_check_does_not_find_a_service_that_is_not_there(stub: Any) -> None:
    assert (await failed(stub.Check(asking("facade.v1.Nothing")))).code() is grpc.StatusCode.NOT_FOUND


async def test_list_tells_of_all_services(stub: Any) -> None:
    statuses = (await stub.List(health_pb2.HealthListRequest())).statuses
    assert {name: answer.status for name, answer in statuses.items()} == {
        "": SERVING,
        "well": SERVING,
        "ill": NOT_SERVING,
    }


async def test_watch_tells_of_each_change(stub: Any, health: Health) -> None:
    watch = stub.Watch(asking("well"))
    found = [(await watch.read()).status]
    await health.set("well", NOT_SERVING)
    found.append((await watch.read()).status)
    await health.set("well", SERVING)
    found.append((await watch.read()).status)
    assert found == [SERVING, NOT_SERVING, SERVING]
    watch.cancel()


async def test_watch_waits_for_a_service_that_is_not_there_yet(stub: Any, health: Health) -> None:
    watch = stub.Watch(asking("late"))
    found = [(await watch.read()).status]
    await health.report("late", serving=True)
    found.append((await watch.read()).status)
    assert found == [UNKNOWN, SERVING]
    watch.cancel()


async def test_draining_makes_all_services_ill_for_good(stub: Any, health: Health) -> None:
    watch = stub.Watch(asking("well"))
    assert (await watch.read()).status == SERVING
    await health.enter_graceful_shutdown()
    assert (await watch.read()).status == NOT_SERVING
    await health.set("well", SERVING)
    statuses = (await stub.List(health_pb2.HealthListRequest())).statuses
    assert {answer.status for answer in statuses.values()} == {NOT_SERVING}
    watch.cancel()
