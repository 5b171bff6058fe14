package main

import (
	"fmt"
	"log"
	"reflect"

	"google.golang.org/grpc/codes"
)

// report prints what was called and what came of it, and counts.
type report struct {
	operations map[string]bool
	errors     int
}

// ok reports an operation that answered as it must.
func (r *report) ok(operation string) {
	r.operations[operation] = true
	fmt.Println("ok", operation)
}

// error compares a failure with the one that must come, and reports it.
func (r *report) error(found failure, code codes.Code, reason string) {
	expect(found.code, code)
	expect(found.reason, reason)
	r.told(found)
}

// told reports an error.
func (r *report) told(found failure) {
	r.errors++
	reason := found.reason
	if reason == "" {
		reason = "-"
	}
	fmt.Println("error", names[found.code], reason)
}

func (r *report) close() {
	fmt.Printf("go: %d operations, %d errors\n", len(r.operations), r.errors)
}

// expect ends the example if an answer is not what it must be.
func expect(found, wanted any) {
	if !reflect.DeepEqual(found, wanted) {
		log.Panicf("found %v instead of %v", found, wanted)
	}
}

// check ends the example with an error that must not be.
func check(err error) {
	if err != nil {
		log.Panic(err)
	}
}

// names of the codes, as the specification writes them; codes.Code has Go's.
var names = map[codes.Code]string{
	codes.Canceled:           "CANCELLED",
	codes.Unknown:            "UNKNOWN",
	codes.InvalidArgument:    "INVALID_ARGUMENT",
	codes.DeadlineExceeded:   "DEADLINE_EXCEEDED",
	codes.NotFound:           "NOT_FOUND",
	codes.AlreadyExists:      "ALREADY_EXISTS",
	codes.PermissionDenied:   "PERMISSION_DENIED",
	codes.ResourceExhausted:  "RESOURCE_EXHAUSTED",
	codes.FailedPrecondition: "FAILED_PRECONDITION",
	codes.Aborted:            "ABORTED",
	codes.Unimplemented:      "UNIMPLEMENTED",
	codes.Internal:           "INTERNAL",
	codes.Unavailable:        "UNAVAILABLE",
	codes.Unauthenticated:    "UNAUTHENTICATED",
}
