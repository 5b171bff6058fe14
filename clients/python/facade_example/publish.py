"""Publishing: one record, many at once, and as a stream."""

import grpc
from google.protobuf.struct_pb2 import Struct

from facade.v1 import publish_pb2, publish_pb2_grpc
from facade_example.errors import of_status
from facade_example.report import Report, expect

PUBLISHED = "Data published successfully"
SERVICE = "facade.v1.PublishService"


def record(**fields: object) -> publish_pb2.Record:
    """A record of these fields."""
    values = Struct()
    values.update(fields)
    return publish_pb2.Record(fields=values)


def event(customer: str = "C-100") -> publish_pb2.Event:
    """An event: a field that is not set is not sent. Attributes are sent beside the fields, under their own names."""
    told = publish_pb2.Event(env_customer_id=customer, entity="db-7", severity="4", description="disk full")
    told.attributes.update({"rack": 12})
    return told


def one_by_one(channel: grpc.Channel, report: Report) -> None:
    """A call for each record."""
    stub = publish_pb2_grpc.PublishServiceStub(channel)
    answer = stub.PublishEvent(publish_pb2.PublishEventRequest(event=event()))
    expect(answer.message, PUBLISHED)
    report.ok(f"{SERVICE}/PublishEvent")

    topology = record(entity="db-7", runs_on="host-3")
    entity = stub.PublishEntityTopology(publish_pb2.PublishEntityTopologyRequest(topology=topology))
    expect(entity.message, PUBLISHED)
    report.ok(f"{SERVICE}/PublishEntityTopology")

    topology = record(service="shop", uses=["db-7"])
    service = stub.PublishServiceTopology(publish_pb2.PublishServiceTopologyRequest(topology=topology))
    expect(service.message, PUBLISHED)
    report.ok(f"{SERVICE}/PublishServiceTopology")

    healthcheck = record(adaptor="nifi-1", status="up")
    health = stub.PublishHealthcheck(publish_pb2.PublishHealthcheckRequest(healthcheck=healthcheck))
    expect(health.message, PUBLISHED)
    report.ok(f"{SERVICE}/PublishHealthcheck")


def metric_with_token(channel: grpc.Channel, report: Report) -> None:
    """Over a channel whose credentials are an access token. As JSON a record is sent byte for byte, all digits kept."""
    stub = publish_pb2_grpc.PublishServiceStub(channel)
    metric = publish_pb2.Record(json=b'{"name": "requests", "value": 9007199254740993}')
    expect(stub.PublishMetric(publish_pb2.PublishMetricRequest(metric=metric)).message, PUBLISHED)
    report.ok(f"{SERVICE}/PublishMetric")


def batch(channel: grpc.Channel, report: Report) -> None:
    """Up to 1000 records of any kinds. One that fails harms no other: each has a result, in their order."""
    items = [
        publish_pb2.PublishItem(item_id="good", event=event()),
        publish_pb2.PublishItem(item_id="inactive", event=event("C-300")),
        publish_pb2.PublishItem(item_id="metric", metric=record(name="cpu", value=97)),
    ]
    stub = publish_pb2_grpc.PublishServiceStub(channel)
    results = stub.PublishBatch(publish_pb2.PublishBatchRequest(items=items)).results
    expect([(result.item_id, result.status.code) for result in results], [("good", 0), ("inactive", 9), ("metric", 0)])
    expect(of_status(results[1].status).reason, "CUSTOMER_INACTIVE")
    report.ok(f"{SERVICE}/PublishBatch")


def stream(channel: grpc.Channel, report: Report, count: int = 50) -> None:
    """Records for as long as there are some. Results come as the records end, in any order: the id tells whose."""
    requests = (
        publish_pb2.PublishStreamRequest(item=publish_pb2.PublishItem(item_id=f"{number}", event=event()))
        for number in range(count)
    )  # taken as fast as the facade takes them
    stub = publish_pb2_grpc.PublishServiceStub(channel)
    waiting = {f"{number}" for number in range(count)}
    for response in stub.PublishStream(requests, timeout=120):  # a deadline of our own instead of the service config's
        expect(response.result.status.code, 0)
        waiting.remove(response.result.item_id)
    expect(waiting, set())
    report.ok(f"{SERVICE}/PublishStream")


def health(channel: grpc.Channel, report: Report) -> None:
    """Whether the API behind is up; needs no credentials."""
    stub = publish_pb2_grpc.PublishServiceStub(channel)
    expect(stub.CheckHealth(publish_pb2.CheckHealthRequest()).message, "API is running")
    report.ok(f"{SERVICE}/CheckHealth")
