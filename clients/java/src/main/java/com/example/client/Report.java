package com.example.client;

import io.grpc.Status;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/** What was called and what came of it: a line each, and their number at the end. */
final class Report {
  private final Set<String> operations = new HashSet<>();
  private int errors;

  /** An operation that answered as it must. */
  void ok(String operation) {
    operations.add(operation);
    System.out.println("ok " + operation);
  }

  /** Compares a failure with the one that must come, and reports it. */
  void error(Failure found, Status.Code code, String reason) {
    expect(found.code(), code);
    expect(found.reason(), reason);
    told(found);
  }

  /** An error that came as it must. */
  void told(Failure found) {
    errors++;
    System.out.println("error " + found.code() + " " + (found.reason().isEmpty() ? "-" : found.reason()));
  }

  void close() {
    System.out.println("java: " + operations.size() + " operations, " + errors + " errors");
  }

  /** Ends the example if an answer is not what it must be. */
  static void expect(Object found, Object wanted) {
    if (!Objects.equals(found, wanted)) {
      throw new IllegalStateException("found " + found + " instead of " + wanted);
    }
  }
}
