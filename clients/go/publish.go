package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	facadev1 "example.org/facade-client/gen/facade/v1"
)

const (
	published      = "Data published successfully"
	publishService = "facade.v1.PublishService/"
)

// record is a record of these fields.
func record(fields map[string]any) *facadev1.Record {
	values, err := structpb.NewStruct(fields)
	check(err)
	return &facadev1.Record{Body: &facadev1.Record_Fields{Fields: values}}
}

// event is an event of a customer. A field that is nil is not sent. Attributes are sent beside the fields, under their
// own names.
func event(customer string) *facadev1.Event {
	attributes, err := structpb.NewStruct(map[string]any{"rack": 12})
	check(err)
	return &facadev1.Event{
		EnvCustomerId: proto.String(customer),
		Entity:        proto.String("db-7"),
		Severity:      proto.String("4"),
		Description:   proto.String("disk full"),
		Attributes:    attributes,
	}
}

// publishOneByOne makes a call for each record.
func publishOneByOne(ctx context.Context, channel *grpc.ClientConn, r *report) {
	client := facadev1.NewPublishServiceClient(channel)
	answer, err := client.PublishEvent(ctx, &facadev1.PublishEventRequest{Event: event("C-100")})
	check(err)
	expect(answer.GetMessage(), published)
	r.ok(publishService + "PublishEvent")

	topology := record(map[string]any{"entity": "db-7", "runs_on": "host-3"})
	entity, err := client.PublishEntityTopology(ctx, &facadev1.PublishEntityTopologyRequest{Topology: topology})
	check(err)
	expect(entity.GetMessage(), published)
	r.ok(publishService + "PublishEntityTopology")

	topology = record(map[string]any{"service": "shop", "uses": []any{"db-7"}})
	service, err := client.PublishServiceTopology(ctx, &facadev1.PublishServiceTopologyRequest{Topology: topology})
	check(err)
	expect(service.GetMessage(), published)
	r.ok(publishService + "PublishServiceTopology")

	healthcheck := record(map[string]any{"adaptor": "nifi-1", "status": "up"})
	health, err := client.PublishHealthcheck(ctx, &facadev1.PublishHealthcheckRequest{Healthcheck: healthcheck})
	check(err)
	expect(health.GetMessage(), published)
	r.ok(publishService + "PublishHealthcheck")
}

// publishMetric is for a channel with an access token. As JSON a record is sent byte for byte, all digits kept.
func publishMetric(ctx context.Context, channel *grpc.ClientConn, r *report) {
	json := []byte(`{"name": "requests", "value": 9007199254740993}`)
	request := &facadev1.PublishMetricRequest{Metric: &facadev1.Record{Body: &facadev1.Record_Json{Json: json}}}
	answer, err := facadev1.NewPublishServiceClient(channel).PublishMetric(ctx, request)
	check(err)
	expect(answer.GetMessage(), published)
	r.ok(publishService + "PublishMetric")
}

// item is an event as one of many.
func item(id, customer string) *facadev1.PublishItem {
	return &facadev1.PublishItem{ItemId: id, Record: &facadev1.PublishItem_Event{Event: event(customer)}}
}

// publishBatch takes up to 1000 records of any kinds. One that fails harms no other: each has a result, in their order.
func publishBatch(ctx context.Context, channel *grpc.ClientConn, r *report) {
	metric := &facadev1.PublishItem_Metric{Metric: record(map[string]any{"name": "cpu", "value": 97})}
	items := []*facadev1.PublishItem{item("good", "C-100"), item("inactive", "C-300"), {ItemId: "metric", Record: metric}}
	answer, err := facadev1.NewPublishServiceClient(channel).PublishBatch(ctx, &facadev1.PublishBatchRequest{Items: items})
	check(err)
	results := answer.GetResults()
	for index, result := range results {
		expect(result.GetItemId(), items[index].GetItemId())
	}
	expect(results[0].GetMessage(), published)
	expect(ofStatus(status.FromProto(results[1].GetStatus())).reason, "CUSTOMER_INACTIVE")
	expect(results[2].GetMessage(), published)
	r.ok(publishService + "PublishBatch")
}

// publishStream sends records for as long as there are some, and reads results beside that. They come as the records
// end, in any order: the id tells whose. The facade takes no more than it can send, so Send may wait.
func publishStream(ctx context.Context, channel *grpc.ClientConn, r *report) {
	const count = 50
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute) // a deadline of our own; the service config's is an hour
	defer cancel()
	stream, err := facadev1.NewPublishServiceClient(channel).PublishStream(ctx)
	check(err)
	sent := make(chan error, 1)
	go func() {
		for number := range count {
			request := &facadev1.PublishStreamRequest{Item: item(fmt.Sprint(number), "C-100")}
			if err := stream.Send(request); err != nil {
				sent <- err // io.EOF: the stream has ended, and Recv tells why
				return
			}
		}
		sent <- stream.CloseSend()
	}()
	done := map[string]bool{}
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		check(err)
		expect(response.GetResult().GetStatus().GetCode(), int32(0))
		done[response.GetResult().GetItemId()] = true
	}
	check(<-sent)
	expect(len(done), count)
	r.ok(publishService + "PublishStream")
}

// checkHealth asks whether the API behind is up; it needs no credentials.
func checkHealth(ctx context.Context, channel *grpc.ClientConn, r *report) {
	answer, err := facadev1.NewPublishServiceClient(channel).CheckHealth(ctx, &facadev1.CheckHealthRequest{})
	check(err)
	expect(answer.GetMessage(), "API is running")
	r.ok(publishService + "CheckHealth")
}
