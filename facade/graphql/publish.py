"""publishHealth and the publish mutations."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from facade.bulk.publish import PublishItem
from facade.domain.bulk import check_batch
from facade.domain.publish import Event, JsonObject, Kind, Record
from facade.errors import Code, FacadeError, Reason
from facade.graphql.context import Info
from facade.graphql.described import given, input_
from facade.graphql.results import ItemResult, item_results

EventInput = input_(Event, "EventInput")
JSON = strawberry.scalar(
    name="JSON",
    description="A JSON object. Integers keep all their digits.",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-4",
)

OpenRecord = Annotated[JsonObject, strawberry.argument(description="The record: one JSON object, sent as it is.")]


@strawberry.input(
    description="A record and the caller's name for it. Exactly one of the five kinds must be given; an item of which"
    " that is not true fails alone, with INVALID_ARGUMENT. (@oneOf would allow no `itemId` beside them.)"
)
class PublishItemInput:
    """One item of publishBatch; each kind's field has the name of its Kind."""

    item_id: str = strawberry.field(description="The caller's name for it: 1 to 256 characters, once in a batch.")
    event: Event | None = strawberry.field(default=UNSET, description="An event.")
    metric: JsonObject | None = strawberry.field(default=UNSET, description="A metric record.")
    entity_topology: JsonObject | None = strawberry.field(default=UNSET, description="A record of the entity topology.")
    service_topology: JsonObject | None = strawberry.field(
        default=UNSET, description="A record of the service topology."
    )
    healthcheck: JsonObject | None = strawberry.field(default=UNSET, description="A health record of an adaptor.")


@strawberry.type(description="What the Publish API said.")
class PublishPayload:
    """The answer to a publish mutation."""

    message: str = strawberry.field(description='The upstream\'s sentence, "Data published successfully".')


@strawberry.type(description="The state of the Publish API.")
class PublishHealth:
    """The answer of a running API."""

    message: str = strawberry.field(description='The upstream\'s sentence, "API is running".')


@strawberry.type
class PublishQuery:
    """Asks about the Publish API."""

    @strawberry.field(description="Asks whether the Publish API is up. Needs no credentials and sends none.")
    async def publish_health(self, info: Info) -> PublishHealth:
        """Its sentence."""
        return PublishHealth(message=await info.context.upstreams.publish.check_health(info.context.caller))


@strawberry.type
class PublishMutation:
    """Publishes records, one or many."""

    @strawberry.mutation(description="Publishes an event.")
    async def publish_event(
        self, info: Info, event: Annotated[Event, strawberry.argument(description="The event.")]
    ) -> PublishPayload:
        """Publishes an event."""
        return PublishPayload(message=await info.context.upstreams.publish.publish_event(event, info.context.caller))

    @strawberry.mutation(description="Publishes a metric record.")
    async def publish_metric(self, info: Info, metric: OpenRecord) -> PublishPayload:
        """Publishes a metric."""
        return await publish(info, Kind.METRIC, metric, "metric")

    @strawberry.mutation(description="Publishes a record of the entity topology.")
    async def publish_entity_topology(self, info: Info, topology: OpenRecord) -> PublishPayload:
        """Publishes an entity's record."""
        return await publish(info, Kind.ENTITY_TOPOLOGY, topology, "topology")

    @strawberry.mutation(description="Publishes a record of the service topology.")
    async def publish_service_topology(self, info: Info, topology: OpenRecord) -> PublishPayload:
        """Publishes a service's record."""
        return await publish(info, Kind.SERVICE_TOPOLOGY, topology, "topology")

    @strawberry.mutation(description="Publishes a health record of an adaptor.")
    async def publish_healthcheck(self, info: Info, healthcheck: OpenRecord) -> PublishPayload:
        """Publishes a health record."""
        return await publish(info, Kind.HEALTHCHECK, healthcheck, "healthcheck")

    @strawberry.mutation(
        description="Publishes 1 to 1000 records of any kinds side by side: a result each, in their order."
    )
    async def publish_batch(
        self,
        info: Info,
        items: Annotated[list[PublishItemInput], strawberry.argument(description="The records, each with its own id.")],
    ) -> list[ItemResult]:
        """Publishes records."""
        check_batch("items", len(items))  # before each is looked at
        return item_results(
            await info.context.bulk.publish.batch([publish_item(each) for each in items], info.context.caller)
        )


async def publish(info: Info, kind: Kind, record: JsonObject, field: str) -> PublishPayload:
    """Publishes the open record that came in the argument `field`."""
    api = info.context.upstreams.publish
    return PublishPayload(message=await api.publish_record(kind, Record(fields=record), field, info.context.caller))


def publish_item(item: PublishItemInput) -> PublishItem:
    """The item for the engine; one without exactly one kind is to fail as its own result."""
    event = given(item.event)
    records = [(kind, record) for kind in Kind if (record := given(getattr(item, kind.value))) is not None]
    match event, records:
        case Event(), []:
            return PublishItem(item.item_id, event)
        case None, [(kind, record)]:
            return PublishItem(item.item_id, (kind, Record(fields=record)))
    names = "event, metric, entityTopology, serviceTopology and healthcheck"
    text = f"Exactly one of {names} must be given."
    return PublishItem(item.item_id, FacadeError(Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST, text))
