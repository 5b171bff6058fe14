package main

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	facadev1 "example.org/facade-client/gen/facade/v1"
)

const resolved = 4

// serving asks the standard health service, as load balancers do: of each service, and of the process with "".
func serving(ctx context.Context, channel *grpc.ClientConn, r *report) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	client := grpc_health_v1.NewHealthClient(channel)
	for _, service := range []string{"", "facade.v1.PublishService"} {
		answer, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: service})
		check(err)
		expect(answer.GetStatus(), grpc_health_v1.HealthCheckResponse_SERVING)
	}
	r.ok("grpc.health.v1.Health/Check")
}

// token gets an access token for a user and a password. With Basic credentials the facade gets and keeps one by itself.
func token(ctx context.Context, channel *grpc.ClientConn, r *report, user, password string) string {
	request := &facadev1.GenerateTokenRequest{Email: user, Password: password}
	answer, err := facadev1.NewTokenServiceClient(channel).GenerateToken(ctx, request)
	check(err)
	expect(answer.GetToken().GetEmail(), user)
	r.ok("facade.v1.TokenService/GenerateToken")
	return answer.GetToken().GetAccessToken()
}

// ticket is a ticket that was resolved.
func ticket(customer, id string) *facadev1.TicketUpdate {
	return &facadev1.TicketUpdate{CustomerId: customer, SysId: id, State: resolved}
}

// tickets updates one ticket, and several at once.
func tickets(ctx context.Context, channel *grpc.ClientConn, r *report) {
	client := facadev1.NewTicketServiceClient(channel)
	first := ticket("C-100", "9d385017c611228701d22104cc95c371")
	answer, err := client.UpdateTicket(ctx, &facadev1.UpdateTicketRequest{Update: first})
	check(err)
	expect(answer.GetMessage(), "Success")
	r.ok("facade.v1.TicketService/UpdateTicket")

	second := ticket("C-200", "46e3e949a9fe19810069b824ba2c761a")
	updates := []*facadev1.TicketUpdate{first, second}
	answers, err := client.UpdateTickets(ctx, &facadev1.UpdateTicketsRequest{Updates: updates})
	check(err)
	results := answers.GetResults()
	expect([]string{results[0].GetItemId(), results[1].GetItemId()}, []string{first.GetSysId(), second.GetSysId()})
	expect(results[0].GetMessage(), "Success")
	expect(ofStatus(status.FromProto(results[1].GetStatus())).reason, "USER_NOT_IN_CUSTOMER")
	r.ok("facade.v1.TicketService/UpdateTickets")
}
