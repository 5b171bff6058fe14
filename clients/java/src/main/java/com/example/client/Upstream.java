package com.example.client;

import io.grpc.Status;
import java.util.List;
import java.util.Map;

/**
 * How an upstream fails, and what becomes of it when an event is published.
 *
 * @param fault what goes wrong, see Sandbox
 * @param pushback milliseconds; -1: do not repeat it, the event may have been published; null: the facade does not say
 */
record Upstream(Map<String, Object> fault, Status.Code code, String reason, String pushback) {
  static final Map<String, Object> BUSY = Map.of("status", 503, "headers", Map.of("retry-after", "3"));

  static final List<Upstream> ALL =
      List.of(
          new Upstream(Map.of("status", 400), Status.Code.INVALID_ARGUMENT, "UPSTREAM_REJECTED", null),
          new Upstream(Map.of("status", 404), Status.Code.UNIMPLEMENTED, "UPSTREAM_MISCONFIGURED", null),
          new Upstream(Map.of("status", 413), Status.Code.RESOURCE_EXHAUSTED, "REQUEST_TOO_LARGE", null),
          new Upstream(Map.of("status", 500), Status.Code.UNKNOWN, "UPSTREAM_ERROR", "-1"),
          new Upstream(BUSY, Status.Code.UNAVAILABLE, "UPSTREAM_OVERLOADED", "3000"),
          new Upstream(Map.of("status", 504), Status.Code.DEADLINE_EXCEEDED, "UPSTREAM_TIMEOUT", "-1"),
          new Upstream(Map.of("drop", "after"), Status.Code.UNKNOWN, "OUTCOME_UNKNOWN", "-1"),
          new Upstream(Map.of("body", "<html>"), Status.Code.INTERNAL, "UPSTREAM_MALFORMED_RESPONSE", "-1"));
}
