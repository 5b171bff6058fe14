"""PublishService."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from facade.bulk.publish import BulkPublish, PublishItem
from facade.caller import Caller
from facade.domain.publish import Event, JsonObject, Kind, Record
from facade.errors import FacadeError, invalid
from facade.rpc.results import message as result_message
from facade.rpc.structs import json_object
from facade.upstreams.publish import PublishApi
from facade.v1 import publish_pb2 as pb


class PublishService:
    """Publishes records. See protos/facade/v1/publish.proto."""

    def __init__(self, api: PublishApi, bulk: BulkPublish) -> None:
        self._api = api
        self._bulk = bulk

    async def PublishEvent(self, request: pb.PublishEventRequest, caller: Caller) -> pb.PublishEventResponse:
        """Publishes an event."""
        if not request.HasField("event"):
            raise invalid("event", "is required")
        return pb.PublishEventResponse(message=await self._api.publish_event(event(request.event), caller))

    async def PublishMetric(self, request: pb.PublishMetricRequest, caller: Caller) -> pb.PublishMetricResponse:
        """Publishes a metric."""
        message = await self._record(Kind.METRIC, request, "metric", caller)
        return pb.PublishMetricResponse(message=message)

    async def PublishEntityTopology(
        self, request: pb.PublishEntityTopologyRequest, caller: Caller
    ) -> pb.PublishEntityTopologyResponse:
        """Publishes a record of the entity topology."""
        message = await self._record(Kind.ENTITY_TOPOLOGY, request, "topology", caller)
        return pb.PublishEntityTopologyResponse(message=message)

    async def PublishServiceTopology(
        self, request: pb.PublishServiceTopologyRequest, caller: Caller
    ) -> pb.PublishServiceTopologyResponse:
        """Publishes a record of the service topology."""
        message = await self._record(Kind.SERVICE_TOPOLOGY, request, "topology", caller)
        return pb.PublishServiceTopologyResponse(message=message)

    async def PublishHealthcheck(
        self, request: pb.PublishHealthcheckRequest, caller: Caller
    ) -> pb.PublishHealthcheckResponse:
        """Publishes a health record."""
        message = await self._record(Kind.HEALTHCHECK, request, "healthcheck", caller)
        return pb.PublishHealthcheckResponse(message=message)

    async def PublishBatch(self, request: pb.PublishBatchRequest, caller: Caller) -> pb.PublishBatchResponse:
        """Publishes up to a thousand records."""
        results = await self._bulk.batch([item(each) for each in request.items], caller)
        return pb.PublishBatchResponse(results=[result_message(each, caller) for each in results])

    async def PublishStream(
        self, requests: AsyncIterator[pb.PublishStreamRequest], caller: Caller
    ) -> AsyncGenerator[pb.PublishStreamResponse, None]:
        """Publishes records as they come."""
        items = (item(request.item) async for request in requests)
        async with aclosing(self._bulk.stream(items, caller)) as results:
            async for result in results:
                yield pb.PublishStreamResponse(result=result_message(result, caller))

    async def CheckHealth(self, _request: pb.CheckHealthRequest, caller: Caller) -> pb.CheckHealthResponse:
        """Asks whether the API is up."""
        return pb.CheckHealthResponse(message=await self._api.check_health(caller))

    async def _record(self, kind: Kind, request: Any, field: str, caller: Caller) -> str:
        if not request.HasField(field):
            raise invalid(field, "is required")
        return await self._api.publish_record(kind, record(getattr(request, field), field), field, caller)


def item(message: pb.PublishItem) -> PublishItem:
    """The item; what is wrong with its record is its own result."""
    try:
        return PublishItem(message.item_id, item_record(message))
    except FacadeError as error:
        return PublishItem(message.item_id, error)


def item_record(message: pb.PublishItem) -> Event | tuple[Kind, Record]:
    """The record of an item."""
    match message.WhichOneof("record"):
        case None:
            raise invalid("record", "is required")
        case "event":
            return event(message.event)
        case kind:
            return Kind(kind), record(getattr(message, kind), kind)


def event(message: pb.Event) -> Event:
    """The event: the fields that are set, even if they are empty."""
    given: dict[str, Any] = {field.name: value for field, value in message.ListFields()}
    if "attributes" in given:
        given["attributes"] = JsonObject(json_object(given["attributes"], "event.attributes"))
    return Event(**given)


def record(message: pb.Record, field: str) -> Record:
    """The record in whichever form it came."""
    match message.WhichOneof("body"):
        case "fields":
            return Record(fields=json_object(message.fields, f"{field}.fields"))
        case "json":
            return Record(json=message.json)
    raise invalid(field, "needs fields or json")
