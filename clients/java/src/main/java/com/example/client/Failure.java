package com.example.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Map;

/**
 * What an error tells. The code is coarse, the reason exact: compare these, not the message. ItemResult.status has the
 * same details as the status of a call.
 *
 * @param code what kind of failure it is
 * @param reason why, as a constant; "" if the facade did not answer, as when the time ran out here
 * @param metadata request_id, and where an upstream was asked upstream and upstream_status
 * @param violations the paths of the fields that are wrong
 * @param retryDelay milliseconds after which a repeat may help; 0 if the facade knows none
 * @param pushback milliseconds that gRPC waits before it tries again, -1 for never; null if it is left to gRPC
 */
record Failure(
    Status.Code code,
    String reason,
    Map<String, String> metadata,
    List<String> violations,
    long retryDelay,
    String pushback) {
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  /** The failure of a call. */
  static Failure of(Throwable error) {
    Metadata trailers = Status.trailersFromThrowable(error);
    String pushback = trailers == null ? null : trailers.get(PUSHBACK);
    return of(StatusProto.fromThrowable(error), pushback);
  }

  /** The failure that a status tells, of one item of many. */
  static Failure of(com.google.rpc.Status status) {
    return of(status, null);
  }

  private static Failure of(com.google.rpc.Status status, String pushback) {
    ErrorInfo info = ErrorInfo.getDefaultInstance();
    BadRequest request = BadRequest.getDefaultInstance();
    RetryInfo retry = RetryInfo.getDefaultInstance();
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          info = detail.unpack(ErrorInfo.class);
        } else if (detail.is(BadRequest.class)) {
          request = detail.unpack(BadRequest.class);
        } else if (detail.is(RetryInfo.class)) {
          retry = detail.unpack(RetryInfo.class);
        }
      }
    } catch (InvalidProtocolBufferException broken) {
      throw new IllegalStateException(broken);
    }
    List<String> violations = request.getFieldViolationsList().stream().map(FieldViolation::getField).toList();
    Status.Code code = Status.fromCodeValue(status.getCode()).getCode();
    long delay = Durations.toMillis(retry.getRetryDelay());
    return new Failure(code, info.getReason(), info.getMetadataMap(), violations, delay, pushback);
  }
}
