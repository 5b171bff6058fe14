// A client of the facade with grpc-go: every operation, and the errors with all that they tell.
//
//	connection.go     the channel: TLS, credentials, the service config
//	errors.go         what an error tells: code, reason, metadata, wrong fields, when to try again
//	publish.go, users.go, others.go     the operations
//	failures.go       the errors, one by one
//	sandbox.go        makes the REST APIs behind a sandboxed facade fail
package main

import "context"

// main calls every operation of a sandboxed facade and meets its errors. It ends with a panic if an answer is not what
// it must be.
func main() {
	ctx := context.Background()
	user, password := environment("FACADE_USER", "api@example.com"), environment("FACADE_PASSWORD", "sandbox")
	r := &report{operations: map[string]bool{}}

	anonymous := connect("")
	defer anonymous.Close()
	serving(ctx, anonymous, r)
	checkHealth(ctx, anonymous, r)
	accessToken := token(ctx, anonymous, r, user, password)

	withToken := connect(bearer(accessToken))
	defer withToken.Close()
	publishMetric(ctx, withToken, r)

	channel := connect(basic(user, password))
	defer channel.Close()
	publishOneByOne(ctx, channel, r)
	publishBatch(ctx, channel, r)
	publishStream(ctx, channel, r)
	tickets(ctx, channel, r)
	users(ctx, channel, r)
	ofRequests(ctx, channel, r)
	ofAPlan(ctx, channel, r)
	ofCredentials(ctx, r, user, password, accessToken)
	ofUpstreams(ctx, channel, r)
	retried(ctx, channel)
	ofTime(ctx, channel, r)
	r.close()
}
