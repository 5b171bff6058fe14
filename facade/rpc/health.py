"""grpc.health.v1 for each service, with the `List` that grpcio's servicer lacks."""

import asyncio

from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio  # type: ignore[attr-defined]  # not in its types

from facade.rpc.calls import Handlers
from facade.rpc.errors import AnyContext
from facade.rpc.foreign import Collector
from facade.upstreams.breaker import Breaker

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Health(aio.HealthServicer):  # type: ignore[misc]  # as above
    """Health of the server ("") and of each service."""

    def __init__(self) -> None:
        super().__init__()
        self._services = [""]

    async def report(self, service: str, *, serving: bool) -> None:
        """Sets a service's health."""
        self._services.append(service)
        await self.set(service, SERVING if serving else NOT_SERVING)

    async def follow(self, service: str, breaker: Breaker) -> None:
        """Sets a service's health, now and whenever its upstream goes down or comes back."""
        changes: set[asyncio.Task[None]] = set()  # a task that nobody knows could be collected

        async def change() -> None:  # to what holds then: another change may have come first
            await self.set(service, SERVING if breaker.up else NOT_SERVING)

        def changed() -> None:
            task = asyncio.create_task(change())
            changes.add(task)
            task.add_done_callback(changes.discard)

        await self.report(service, serving=breaker.up)
        breaker.watch(changed)

    async def List(  # noqa: N802 - the contract's name
        self, _request: health_pb2.HealthListRequest, context: AnyContext
    ) -> health_pb2.HealthListResponse:
        """The health of all services."""
        checks = {
            name: await self.Check(health_pb2.HealthCheckRequest(service=name), context) for name in self._services
        }
        return health_pb2.HealthListResponse(statuses=checks)

    def handlers(self) -> Handlers:
        """The service's handlers, by path."""
        collector = Collector()
        health_pb2_grpc.add_HealthServicer_to_server(self, collector)
        return collector.handlers
