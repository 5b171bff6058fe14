package com.example.client;

import static com.example.client.Report.expect;

import com.example.facade.v1.CheckHealthRequest;
import com.example.facade.v1.Event;
import com.example.facade.v1.ItemResult;
import com.example.facade.v1.PublishBatchRequest;
import com.example.facade.v1.PublishEntityTopologyRequest;
import com.example.facade.v1.PublishEventRequest;
import com.example.facade.v1.PublishHealthcheckRequest;
import com.example.facade.v1.PublishItem;
import com.example.facade.v1.PublishMetricRequest;
import com.example.facade.v1.PublishServiceGrpc;
import com.example.facade.v1.PublishServiceGrpc.PublishServiceBlockingStub;
import com.example.facade.v1.PublishServiceGrpc.PublishServiceStub;
import com.example.facade.v1.PublishServiceTopologyRequest;
import com.example.facade.v1.PublishStreamRequest;
import com.example.facade.v1.PublishStreamResponse;
import com.example.facade.v1.Record;
import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.util.Values;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Publishing: one record, many at once, and as a stream. */
final class Publish {
  private static final String PUBLISHED = "Data published successfully";
  private static final String SERVICE = PublishServiceGrpc.SERVICE_NAME + "/";

  private Publish() {}

  /** A record of these fields. */
  static Record record(Map<String, String> fields) {
    Struct.Builder values = Struct.newBuilder();
    fields.forEach((name, value) -> values.putFields(name, Values.of(value)));
    return Record.newBuilder().setFields(values).build();
  }

  /**
   * An event: a field that is not set is not sent. Attributes are sent beside the fields, under their own names.
   */
  static Event event(String customer) {
    return Event.newBuilder()
        .setEnvCustomerId(customer)
        .setEntity("db-7")
        .setSeverity("4")
        .setDescription("disk full")
        .setAttributes(Struct.newBuilder().putFields("rack", Values.of(12)))
        .build();
  }

  /** An event as one of many. */
  static PublishItem item(String id, String customer) {
    return PublishItem.newBuilder().setItemId(id).setEvent(event(customer)).build();
  }

  static PublishEventRequest eventRequest(String customer) {
    return PublishEventRequest.newBuilder().setEvent(event(customer)).build();
  }

  /** A call for each record. */
  static void oneByOne(PublishServiceBlockingStub stub, Report report) {
    expect(stub.publishEvent(eventRequest("C-100")).getMessage(), PUBLISHED);
    report.ok(SERVICE + "PublishEvent");

    Record entity = record(Map.of("entity", "db-7", "runs_on", "host-3"));
    var entities = PublishEntityTopologyRequest.newBuilder().setTopology(entity).build();
    expect(stub.publishEntityTopology(entities).getMessage(), PUBLISHED);
    report.ok(SERVICE + "PublishEntityTopology");

    Record service = record(Map.of("service", "shop", "uses", "db-7"));
    var services = PublishServiceTopologyRequest.newBuilder().setTopology(service).build();
    expect(stub.publishServiceTopology(services).getMessage(), PUBLISHED);
    report.ok(SERVICE + "PublishServiceTopology");

    Record health = record(Map.of("adaptor", "nifi-1", "status", "up"));
    var healthcheck = PublishHealthcheckRequest.newBuilder().setHealthcheck(health).build();
    expect(stub.publishHealthcheck(healthcheck).getMessage(), PUBLISHED);
    report.ok(SERVICE + "PublishHealthcheck");
  }

  /** For a stub with an access token. As JSON a record is sent byte for byte, all digits kept. */
  static void metricWithToken(PublishServiceBlockingStub stub, Report report) {
    ByteString json = ByteString.copyFromUtf8("{\"name\": \"requests\", \"value\": 9007199254740993}");
    var request = PublishMetricRequest.newBuilder().setMetric(Record.newBuilder().setJson(json)).build();
    expect(stub.publishMetric(request).getMessage(), PUBLISHED);
    report.ok(SERVICE + "PublishMetric");
  }

  /** Up to 1000 records of any kinds. One that fails harms no other: each has a result, in their order. */
  static void batch(PublishServiceBlockingStub stub, Report report) {
    PublishItem metric = PublishItem.newBuilder().setItemId("metric").setMetric(record(Map.of("name", "cpu"))).build();
    List<PublishItem> items = List.of(item("good", "C-100"), item("inactive", "C-300"), metric);
    var request = PublishBatchRequest.newBuilder().addAllItems(items).build();
    List<ItemResult> results = stub.publishBatch(request).getResultsList();
    expect(results.stream().map(ItemResult::getItemId).toList(), List.of("good", "inactive", "metric"));
    expect(results.get(0).getMessage(), PUBLISHED);
    expect(Failure.of(results.get(1).getStatus()).reason(), "CUSTOMER_INACTIVE");
    expect(results.get(2).getMessage(), PUBLISHED);
    report.ok(SERVICE + "PublishBatch");
  }

  /** Records for as long as there are some. Results come as the records end, in any order: the id tells whose. */
  static void stream(PublishServiceStub stub, Report report) {
    List<PublishStreamRequest> requests = new ArrayList<>();
    for (int number = 0; number < 50; number++) {
      requests.add(PublishStreamRequest.newBuilder().setItem(item("" + number, "C-100")).build());
    }
    Exchange<PublishStreamRequest, PublishStreamResponse> exchange = new Exchange<>(requests);
    // A deadline of our own; the service config's is an hour.
    stub.withDeadlineAfter(2, TimeUnit.MINUTES).publishStream(exchange);
    Set<String> done = new HashSet<>();
    for (PublishStreamResponse response : exchange.await()) {
      expect(response.getResult().getStatus().getCode(), 0);
      done.add(response.getResult().getItemId());
    }
    expect(done.size(), requests.size());
    report.ok(SERVICE + "PublishStream");
  }

  /** Whether the API behind is up; needs no credentials. */
  static void health(PublishServiceBlockingStub stub, Report report) {
    expect(stub.checkHealth(CheckHealthRequest.getDefaultInstance()).getMessage(), "API is running");
    report.ok(SERVICE + "CheckHealth");
  }
}
