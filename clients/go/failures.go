package main

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	facadev1 "example.org/facade-client/gen/facade/v1"
)

const askedToWait = 3 * time.Second // the facade itself waits for an upstream for up to 2

// upstreamFailures are how an upstream fails: the fault, the code and the reason that it becomes, and the pushback (-1:
// do not repeat it, the event may have been published).
var upstreamFailures = []struct {
	fault    fault
	code     codes.Code
	reason   string
	pushback string
}{
	{fault{"status": 400}, codes.InvalidArgument, "UPSTREAM_REJECTED", ""},
	{fault{"status": 404}, codes.Unimplemented, "UPSTREAM_MISCONFIGURED", ""},
	{fault{"status": 413}, codes.ResourceExhausted, "REQUEST_TOO_LARGE", ""},
	{fault{"status": 500}, codes.Unknown, "UPSTREAM_ERROR", "-1"},
	{fault{"status": 503, "headers": map[string]string{"retry-after": "3"}}, codes.Unavailable, "UPSTREAM_OVERLOADED", "3000"},
	{fault{"status": 504}, codes.DeadlineExceeded, "UPSTREAM_TIMEOUT", "-1"},
	{fault{"drop": "after"}, codes.Unknown, "OUTCOME_UNKNOWN", "-1"},
	{fault{"body": "<html>"}, codes.Internal, "UPSTREAM_MALFORMED_RESPONSE", "-1"},
}

// failing makes a call that must fail, and reads its error.
func failing(call func(trailer grpc.CallOption) error) failure {
	var trailer metadata.MD
	return ofCall(call(grpc.Trailer(&trailer)), trailer)
}

// getting and publishing make one call.
func getting(ctx context.Context, channel *grpc.ClientConn, mail string) func(grpc.CallOption) error {
	return func(trailer grpc.CallOption) error {
		request := &facadev1.GetUserRequest{Mail: mail}
		_, err := facadev1.NewProvisioningServiceClient(channel).GetUser(ctx, request, trailer)
		return err
	}
}

func publishing(ctx context.Context, channel *grpc.ClientConn, customer string) func(grpc.CallOption) error {
	return func(trailer grpc.CallOption) error {
		request := &facadev1.PublishEventRequest{Event: event(customer)}
		_, err := facadev1.NewPublishServiceClient(channel).PublishEvent(ctx, request, trailer)
		return err
	}
}

func creating(ctx context.Context, channel *grpc.ClientConn, mail string) func(grpc.CallOption) error {
	return func(trailer grpc.CallOption) error {
		request := &facadev1.CreateUserRequest{User: &facadev1.NewUser{Mail: mail, Cn: "API", Sn: "user"}}
		_, err := facadev1.NewProvisioningServiceClient(channel).CreateUser(ctx, request, trailer)
		return err
	}
}

// ofRequests: requests that are wrong, or ask for what cannot be.
func ofRequests(ctx context.Context, channel *grpc.ClientConn, r *report) {
	invalid := failing(creating(ctx, channel, "no address"))
	r.error(invalid, codes.InvalidArgument, "INVALID_REQUEST")
	expect(invalid.violations, []string{"user.mail"}) // the field of the request, to be shown beside it

	r.error(failing(creating(ctx, channel, "api@example.com")), codes.AlreadyExists, "USER_ALREADY_EXISTS")
	r.error(failing(getting(ctx, channel, "nobody@example.com")), codes.NotFound, "USER_NOT_FOUND")

	inactive := failing(publishing(ctx, channel, "C-300"))
	r.error(inactive, codes.FailedPrecondition, "CUSTOMER_INACTIVE")
	expect([]string{inactive.metadata["upstream"], inactive.metadata["upstream_status"]}, []string{"publish", "401"})
	expect(inactive.metadata["request_id"] != "", true) // to be given to who runs the facade: it is in its log

	foreign := failing(func(trailer grpc.CallOption) error {
		request := &facadev1.UpdateTicketRequest{Update: ticket("C-200", "9d385017c611228701d22104cc95c371")}
		_, err := facadev1.NewTicketServiceClient(channel).UpdateTicket(ctx, request, trailer)
		return err
	})
	r.error(foreign, codes.PermissionDenied, "USER_NOT_IN_CUSTOMER")
}

// ofAPlan: a roster that would delete nearly everybody. The stream brings the plan, then ends with an error.
func ofAPlan(ctx context.Context, channel *grpc.ClientConn, r *report) {
	client := facadev1.NewProvisioningServiceClient(channel)
	stream := sync(ctx, client, &facadev1.SyncOptions{DeleteMissing: true}, newUser("one"))
	response, err := stream.Recv()
	check(err)
	expect(response.GetPlan() != nil, true)
	_, err = stream.Recv()
	r.error(ofCall(err, stream.Trailer()), codes.FailedPrecondition, "PLAN_REFUSED")
}

// ofCredentials: credentials that are missing, wrong, of the wrong kind, or of somebody who may not.
func ofCredentials(ctx context.Context, r *report, user, password, token string) {
	const mail = "user@example.com"
	for _, row := range []struct {
		credentials authorization
		publishes   bool
		code        codes.Code
		reason      string
	}{
		{"", false, codes.Unauthenticated, "MISSING_CREDENTIALS"},
		{bearer("no token"), true, codes.Unauthenticated, "INVALID_TOKEN"},
		{bearer(token), false, codes.Unauthenticated, "BASIC_REQUIRED"},
		{basic(mail, password), true, codes.PermissionDenied, "ACCESS_DENIED"},
		{basic(mail, password), false, codes.PermissionDenied, "NOT_ADMINISTRATOR"},
	} {
		channel := connect(row.credentials)
		call := getting(ctx, channel, mail)
		if row.publishes {
			call = publishing(ctx, channel, "C-100")
		}
		r.error(failing(call), row.code, row.reason)
		check(channel.Close())
	}

	channel := connect(basic(user, "wrong"))
	defer channel.Close()
	wrong := failing(func(trailer grpc.CallOption) error {
		request := &facadev1.GenerateTokenRequest{Email: user, Password: "wrong"}
		_, err := facadev1.NewTokenServiceClient(channel).GenerateToken(ctx, request, trailer)
		return err
	})
	r.error(wrong, codes.Unauthenticated, "INVALID_CREDENTIALS")

	// The first item finds out, and no other is sent.
	items := []*facadev1.PublishItem{item("a", "C-100"), item("b", "C-100")}
	answer, err := facadev1.NewPublishServiceClient(channel).PublishBatch(ctx, &facadev1.PublishBatchRequest{Items: items})
	check(err)
	r.error(ofStatus(status.FromProto(answer.GetResults()[1].GetStatus())), codes.Aborted, "NOT_ATTEMPTED")
}

// ofUpstreams: an upstream that fails. PublishEvent is a write: the service config has no retries for it.
func ofUpstreams(ctx context.Context, channel *grpc.ClientConn, r *report) {
	for _, row := range upstreamFailures {
		var found failure
		row.fault["method"], row.fault["path"] = "POST", "/publish/*"
		row.fault.during(func() { found = failing(publishing(ctx, channel, "C-100")) })
		r.error(found, row.code, row.reason)
		expect(found.pushback, row.pushback)
		expect(found.retryDelay > 0, row.pushback == "3000")
	}
}

// ofTime: a deadline that passes, and a call that is given up. gRPC tells of these itself, so there may be no details.
func ofTime(ctx context.Context, channel *grpc.ClientConn, r *report) {
	short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	var late failure
	fault{"method": "GET", "delay": 5}.during(func() { late = failing(getting(short, channel, "user@example.com")) })
	expect(late.code, codes.DeadlineExceeded)
	r.told(late)

	given, giveUp := context.WithCancel(ctx)
	stream, err := facadev1.NewProvisioningServiceClient(channel).StreamUsers(given, &facadev1.StreamUsersRequest{})
	check(err)
	_, err = stream.Recv()
	check(err)
	giveUp() // the facade stops reading users
	for err == nil {
		_, err = stream.Recv()
	}
	found := ofCall(err, stream.Trailer())
	expect(found.code, codes.Canceled)
	r.told(found)
}

// retried: a read that fails once is repeated by gRPC itself, as the service config says, after the time that it is told.
func retried(ctx context.Context, channel *grpc.ClientConn) {
	begun := time.Now()
	once := fault{"method": "GET", "status": 503, "headers": map[string]string{"retry-after": "3"}, "times": 1}
	remaining := once.during(func() {
		request := &facadev1.GetUserRequest{Mail: "user@example.com"}
		answer, err := facadev1.NewProvisioningServiceClient(channel).GetUser(ctx, request)
		check(err)
		expect(answer.GetUser().GetMail(), request.GetMail())
	})
	expect(remaining, 0.0)
	expect(time.Since(begun) >= askedToWait, true)
	fmt.Printf("retried %sGetUser after %.1f s\n", provisioning, time.Since(begun).Seconds())
}
