package main

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	facadev1 "example.org/facade-client/gen/facade/v1"
)

const provisioning = "facade.v1.ProvisioningService/"

// mail is an address of this example's own users.
func mail(name string) string {
	return "go-" + name + "@example.com"
}

// newUser is a user to add. A flag that is nil is left to the upstream's default.
func newUser(name string) *facadev1.NewUser {
	return &facadev1.NewUser{Mail: mail(name), Cn: name, Sn: "Example"}
}

// users calls all operations about users; what is added is deleted again.
func users(ctx context.Context, channel *grpc.ClientConn, r *report) {
	client := facadev1.NewProvisioningServiceClient(channel)
	for _, name := range []string{"one", "two", "three", "four"} { // of an earlier run that was cut off
		_, err := client.DeleteUser(ctx, &facadev1.DeleteUserRequest{Mail: mail(name), AllowMissing: true})
		check(err)
	}
	single(ctx, client, r)
	listed(ctx, client, r)

	added, err := client.CreateUsers(ctx, &facadev1.CreateUsersRequest{Users: []*facadev1.NewUser{newUser("two"), newUser("three")}})
	check(err)
	expect(messages(added.GetResults()), map[string]string{mail("two"): "added", mail("three"): "added"})
	r.ok(provisioning + "CreateUsers")

	syncRoster(ctx, client, r)

	_, err = client.DeleteUser(ctx, &facadev1.DeleteUserRequest{Mail: mail("one")})
	check(err)
	r.ok(provisioning + "DeleteUser")

	gone, err := client.DeleteUsers(ctx, &facadev1.DeleteUsersRequest{Mails: []string{mail("two"), mail("three"), mail("four")}})
	check(err)
	expect(messages(gone.GetResults()), map[string]string{mail("two"): "deleted", mail("three"): "deleted", mail("four"): "deleted"})
	r.ok(provisioning + "DeleteUsers")
}

// messages of results, by address.
func messages(results []*facadev1.ItemResult) map[string]string {
	told := map[string]string{}
	for _, result := range results {
		told[result.GetItemId()] = result.GetMessage()
	}
	return told
}

// single adds a user and reads it.
func single(ctx context.Context, client facadev1.ProvisioningServiceClient, r *report) {
	user := newUser("one")
	user.Developer = proto.Bool(true)
	created, err := client.CreateUser(ctx, &facadev1.CreateUserRequest{User: user})
	check(err)
	expect([]bool{created.GetUser().GetDeveloper(), created.GetUser().GetEndUser()}, []bool{true, true})
	r.ok(provisioning + "CreateUser")

	ctx, cancel := context.WithTimeout(ctx, 10*time.Second) // the earlier of this and the service config's holds
	defer cancel()
	found, err := client.GetUser(ctx, &facadev1.GetUserRequest{Mail: mail("one")})
	check(err)
	expect(proto.Equal(found.GetUser(), created.GetUser()), true)
	r.ok(provisioning + "GetUser")
}

// listed reads all users by pages, each of which has the token of the next, and as a stream.
func listed(ctx context.Context, client facadev1.ProvisioningServiceClient, r *report) {
	var paged []string
	request := &facadev1.ListUsersRequest{PageSize: 100}
	for {
		page, err := client.ListUsers(ctx, request)
		check(err)
		for _, user := range page.GetUsers() {
			paged = append(paged, user.GetMail())
		}
		if page.GetNextPageToken() == "" {
			expect(len(paged), int(page.GetTotalSize()))
			break
		}
		request.PageToken = page.GetNextPageToken()
	}
	r.ok(provisioning + "ListUsers")

	var streamed []string
	stream, err := client.StreamUsers(ctx, &facadev1.StreamUsersRequest{})
	check(err)
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) { // it was complete
			break
		}
		check(err)
		streamed = append(streamed, response.GetUser().GetMail())
	}
	expect(streamed, paged)
	r.ok(provisioning + "StreamUsers")
}

// sync opens a sync and sends the options, then the roster.
func sync(ctx context.Context, client facadev1.ProvisioningServiceClient, options *facadev1.SyncOptions, roster ...*facadev1.NewUser) facadev1.ProvisioningService_SyncUsersClient {
	stream, err := client.SyncUsers(ctx)
	check(err)
	check(stream.Send(&facadev1.SyncUsersRequest{Message: &facadev1.SyncUsersRequest_Options{Options: options}}))
	for _, user := range roster {
		check(stream.Send(&facadev1.SyncUsersRequest{Message: &facadev1.SyncUsersRequest_User{User: user}}))
	}
	check(stream.CloseSend())
	return stream
}

// syncRoster makes the subscription's users those of a roster: here one is added and one changed, and none deleted.
func syncRoster(ctx context.Context, client facadev1.ProvisioningServiceClient, r *report) {
	changed := newUser("three")
	changed.Tester = proto.Bool(true)
	stream := sync(ctx, client, &facadev1.SyncOptions{ReplaceChanged: true}, newUser("two"), changed, newUser("four"))
	var results []*facadev1.ItemResult
	var plan *facadev1.SyncPlan
	var summary *facadev1.SyncSummary
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		check(err)
		switch message := response.GetMessage().(type) {
		case *facadev1.SyncUsersResponse_Plan:
			plan = message.Plan
		case *facadev1.SyncUsersResponse_Result:
			results = append(results, message.Result)
		case *facadev1.SyncUsersResponse_Summary:
			summary = message.Summary
		}
	}
	expect([][]string{plan.GetToAdd(), plan.GetToReplace()}, [][]string{{mail("four")}, {mail("three")}})
	expect(messages(results), map[string]string{mail("four"): "added", mail("three"): "replaced"})
	expect([]int32{summary.GetAdded(), summary.GetReplaced(), summary.GetDeleted()}, []int32{1, 1, 0})
	r.ok(provisioning + "SyncUsers")
}
