"""publishHealth and the publish mutations."""

from typing import Annotated

import strawberry

from facade.domain.publish import Event, JsonObject, Kind, Record
from facade.graphql.context import Info
from facade.graphql.described import input_

EventInput = input_(Event, "EventInput")
JSON = strawberry.scalar(name="JSON", description="A JSON object. Integers keep all their digits.")

OpenRecord = Annotated[JsonObject, strawberry.argument(description="The record: one JSON object, sent as it is.")]


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
    """Publishes records, one a call."""

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


async def publish(info: Info, kind: Kind, record: JsonObject, field: str) -> PublishPayload:
    """Publishes the open record that came in the argument `field`."""
    api = info.context.upstreams.publish
    return PublishPayload(message=await api.publish_record(kind, Record(fields=record), field, info.context.caller))
