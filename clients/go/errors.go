package main

import (
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// failure is what an error tells. The code is coarse, the reason exact: compare these, not the message.
type failure struct {
	code       codes.Code
	reason     string            // "" if the facade did not answer, as when the time ran out here
	metadata   map[string]string // request_id, and where an upstream was asked upstream and upstream_status
	violations []string          // the paths of the fields that are wrong
	retryDelay time.Duration     // after which a repeat may help; 0 if the facade knows none
	pushback   string            // milliseconds that gRPC waits before it tries again, -1 for never; "" if it is left to gRPC
}

// ofCall reads the error of a call and its trailer, which grpc.Trailer has taken.
func ofCall(err error, trailer metadata.MD) failure {
	read := ofStatus(status.Convert(err))
	if values := trailer.Get("grpc-retry-pushback-ms"); len(values) > 0 {
		read.pushback = values[0]
	}
	return read
}

// ofStatus reads a status: of a call, or with status.FromProto of one item of many.
func ofStatus(told *status.Status) failure {
	read := failure{code: told.Code()}
	for _, detail := range told.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			read.reason, read.metadata = detail.GetReason(), detail.GetMetadata()
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				read.violations = append(read.violations, violation.GetField())
			}
		case *errdetails.RetryInfo:
			read.retryDelay = detail.GetRetryDelay().AsDuration()
		}
	}
	return read
}
