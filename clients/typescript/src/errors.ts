/**
 * What an error tells. The code is coarse, the reason exact: compare these, not the message. ItemResult.status has the
 * same details as the error of a call.
 */
import { createRegistry, isMessage, type Message } from "@bufbuild/protobuf";
import { anyUnpack, durationMs } from "@bufbuild/protobuf/wkt";
import type { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import type { Status } from "../gen/google/rpc/status_pb.js";
import { codeName } from "./service-config.js";

const registry = createRegistry(BadRequestSchema, ErrorInfoSchema, RetryInfoSchema);

export interface Failure {
  /** gRPC's name of what kind of failure it is. */
  code: string;
  message: string;
  /** Why, as a constant; undefined if the facade did not answer, as when the time ran out here. */
  reason?: string;
  /** `request_id`, and where an upstream was asked `upstream` and `upstream_status`. */
  metadata: Record<string, string>;
  /** The paths of the fields that are wrong. */
  violations: string[];
  /** Milliseconds after which a repeat may help; undefined if the facade knows none. */
  retryDelay?: number;
  /** Milliseconds to wait before trying again, -1 for never; undefined if the facade says nothing. */
  pushback?: number;
}

export function ofCall(error: ConnectError): Failure {
  const failure = withDetails(error.code, error.rawMessage, error.findDetails(registry));
  const pushback = error.metadata.get("grpc-retry-pushback-ms"); // has the trailers, too
  return pushback === null ? failure : { ...failure, pushback: Number(pushback) };
}

export function ofStatus(status: Status | undefined): Failure {
  const details = (status?.details ?? []).map((detail) => anyUnpack(detail, registry));
  return withDetails(status?.code ?? 0, status?.message ?? "", details);
}

function withDetails(code: Code | 0, message: string, details: (Message | undefined)[]): Failure {
  const failure: Failure = { code: code ? codeName(code) : "OK", message, metadata: {}, violations: [] };
  for (const detail of details) {
    if (isMessage(detail, ErrorInfoSchema)) {
      failure.reason = detail.reason;
      failure.metadata = detail.metadata;
    } else if (isMessage(detail, BadRequestSchema)) {
      failure.violations = detail.fieldViolations.map((violation) => violation.field);
    } else if (isMessage(detail, RetryInfoSchema) && detail.retryDelay) {
      failure.retryDelay = durationMs(detail.retryDelay);
    }
  }
  return failure;
}
