/** Publishing: one record, many at once, and as a stream. */
import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  type EventSchema,
  type PublishItemSchema,
  PublishService,
  type RecordSchema,
} from "../gen/facade/v1/publish_pb.js";
import { ofStatus } from "./errors.js";
import { expect, ok } from "./report.js";

const PUBLISHED = "Data published successfully";
const SERVICE = PublishService.typeName;

/** A record of these fields. */
export function record(fields: JsonObject): MessageInitShape<typeof RecordSchema> {
  return { body: { case: "fields", value: fields } };
}

/** An event: a field that is not set is not sent. Attributes are sent beside the fields, under their own names. */
export function event(envCustomerId = "C-100"): MessageInitShape<typeof EventSchema> {
  return { envCustomerId, entity: "db-7", severity: "4", description: "disk full", attributes: { rack: 12 } };
}

/** An event as one of many. */
export function item(itemId: string, customer?: string): MessageInitShape<typeof PublishItemSchema> {
  return { itemId, record: { case: "event", value: event(customer) } };
}

/** A call for each record. */
export async function oneByOne(transport: Transport): Promise<void> {
  const client = createClient(PublishService, transport);
  expect((await client.publishEvent({ event: event() })).message, PUBLISHED);
  ok(`${SERVICE}/PublishEvent`);

  const entity = await client.publishEntityTopology({ topology: record({ entity: "db-7", runs_on: "host-3" }) });
  expect(entity.message, PUBLISHED);
  ok(`${SERVICE}/PublishEntityTopology`);

  const service = await client.publishServiceTopology({ topology: record({ service: "shop", uses: ["db-7"] }) });
  expect(service.message, PUBLISHED);
  ok(`${SERVICE}/PublishServiceTopology`);

  const health = await client.publishHealthcheck({ healthcheck: record({ adaptor: "nifi-1", status: "up" }) });
  expect(health.message, PUBLISHED);
  ok(`${SERVICE}/PublishHealthcheck`);
}

/** With an access token. As JSON a record is sent byte for byte, all digits kept. */
export async function metricWithToken(transport: Transport): Promise<void> {
  const json = new TextEncoder().encode('{"name": "requests", "value": 9007199254740993}');
  const client = createClient(PublishService, transport);
  expect((await client.publishMetric({ metric: { body: { case: "json", value: json } } })).message, PUBLISHED);
  ok(`${SERVICE}/PublishMetric`);
}

/** Up to 1000 records of any kinds. One that fails harms no other: each has a result, in their order. */
export async function batch(transport: Transport): Promise<void> {
  const metric = { itemId: "metric", record: { case: "metric" as const, value: record({ name: "cpu", value: 97 }) } };
  const client = createClient(PublishService, transport);
  const { results } = await client.publishBatch({ items: [item("good"), item("inactive", "C-300"), metric] });
  const reasons = results.map((result) => [result.itemId, ofStatus(result.status).reason]);
  expect(reasons, [["good", undefined], ["inactive", "CUSTOMER_INACTIVE"], ["metric", undefined]]);
  ok(`${SERVICE}/PublishBatch`);
}

/** Records for as long as there are some. Results come as the records end, in any order: the id tells whose. */
export async function stream(transport: Transport, count = 50): Promise<void> {
  async function* requests() {
    for (let number = 0; number < count; number++) yield { item: item(`${number}`) }; // as fast as the facade takes them
  }
  const done = new Set<string>();
  const client = createClient(PublishService, transport);
  // A deadline of our own instead of the service config's.
  for await (const { result } of client.publishStream(requests(), { timeoutMs: 120_000 })) {
    expect(ofStatus(result?.status).code, "OK");
    done.add(result!.itemId);
  }
  expect(done.size, count);
  ok(`${SERVICE}/PublishStream`);
}

/** Whether the API behind is up; needs no credentials. */
export async function health(transport: Transport): Promise<void> {
  expect((await createClient(PublishService, transport).checkHealth({})).message, "API is running");
  ok(`${SERVICE}/CheckHealth`);
}
