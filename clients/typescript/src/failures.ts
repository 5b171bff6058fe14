/** The errors, one by one: what provokes each, and what it tells. */
import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { ProvisioningService } from "../gen/facade/v1/provisioning_pb.js";
import { PublishService } from "../gen/facade/v1/publish_pb.js";
import { TicketService } from "../gen/facade/v1/ticket_pb.js";
import { TokenService } from "../gen/facade/v1/token_pb.js";
import { basic, bearer, connect } from "./connection.js";
import { type Failure, ofCall, ofStatus } from "./errors.js";
import { event, item, record } from "./publish.js";
import { error, expect, told } from "./report.js";
import { during, type Fault } from "./sandbox.js";
import { newUser, roster } from "./users.js";

const ASKED_TO_WAIT = 3000; // milliseconds; the facade itself waits for an upstream for up to 2000

// How an upstream fails: the fault, the code and the reason that it becomes, and the pushback (-1: do not repeat it, the
// event may have been published).
const UPSTREAM: [Fault, string, string, number?][] = [
  [{ status: 400 }, "INVALID_ARGUMENT", "UPSTREAM_REJECTED"],
  [{ status: 404 }, "UNIMPLEMENTED", "UPSTREAM_MISCONFIGURED"],
  [{ status: 413 }, "RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE"],
  [{ status: 500 }, "UNKNOWN", "UPSTREAM_ERROR", -1],
  [{ status: 503, headers: { "retry-after": "3" } }, "UNAVAILABLE", "UPSTREAM_OVERLOADED", 3000],
  [{ status: 504 }, "DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT", -1],
  [{ drop: "after" }, "UNKNOWN", "OUTCOME_UNKNOWN", -1],
  [{ body: "<html>" }, "INTERNAL", "UPSTREAM_MALFORMED_RESPONSE", -1],
];

/** The failure of a call that must fail. */
async function failing(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (reason) {
    return ofCall(ConnectError.from(reason));
  }
  throw new Error("a call that must fail did not");
}

/** Requests that are wrong, or ask for what cannot be. */
export async function ofRequests(transport: Transport): Promise<void> {
  const users = createClient(ProvisioningService, transport);
  const invalid = await failing(users.createUser({ user: { mail: "no address", cn: "No", sn: "Address" } }));
  error(invalid, "INVALID_ARGUMENT", "INVALID_REQUEST");
  expect(invalid.violations, ["user.mail"]); // the field of the request, to be shown beside it

  const exists = users.createUser({ user: { mail: "api@example.com", cn: "API", sn: "user" } });
  error(await failing(exists), "ALREADY_EXISTS", "USER_ALREADY_EXISTS");
  error(await failing(users.getUser({ mail: "nobody@example.com" })), "NOT_FOUND", "USER_NOT_FOUND");

  const inactive = await failing(createClient(PublishService, transport).publishEvent({ event: event("C-300") }));
  error(inactive, "FAILED_PRECONDITION", "CUSTOMER_INACTIVE");
  expect([inactive.metadata.upstream, inactive.metadata.upstream_status], ["publish", "401"]);
  expect(Boolean(inactive.metadata.request_id), true); // to be given to who runs the facade: it is in its log

  const update = { customerId: "C-200", sysId: "9d385017c611228701d22104cc95c371", state: 4 };
  const foreign = createClient(TicketService, transport).updateTicket({ update });
  error(await failing(foreign), "PERMISSION_DENIED", "USER_NOT_IN_CUSTOMER");
}

/** A roster that would delete nearly everybody: the stream brings the plan, then ends with an error. */
export async function ofAPlan(transport: Transport): Promise<void> {
  const seen: (string | undefined)[] = [];
  const sync = async () => {
    const messages = roster({ deleteMissing: true }, [newUser("one")]);
    for await (const { message } of createClient(ProvisioningService, transport).syncUsers(messages)) {
      seen.push(message.case);
    }
  };
  error(await failing(sync()), "FAILED_PRECONDITION", "PLAN_REFUSED");
  expect(seen, ["plan"]);
}

/** Credentials that are missing, wrong, of the wrong kind, or of somebody who may not. */
export async function ofCredentials(user: string, password: string, token: string): Promise<void> {
  const mail = "user@example.com";
  const get = (authorization?: string) => createClient(ProvisioningService, connect(authorization)).getUser({ mail });
  const publish = (authorization: string) =>
    createClient(PublishService, connect(authorization)).publishMetric({ metric: record({ name: "cpu", value: 97 }) });
  error(await failing(get()), "UNAUTHENTICATED", "MISSING_CREDENTIALS");
  error(await failing(publish(bearer("no token"))), "UNAUTHENTICATED", "INVALID_TOKEN");
  error(await failing(get(bearer(token))), "UNAUTHENTICATED", "BASIC_REQUIRED");
  error(await failing(publish(basic(mail, password))), "PERMISSION_DENIED", "ACCESS_DENIED");
  error(await failing(get(basic(mail, password))), "PERMISSION_DENIED", "NOT_ADMINISTRATOR");

  const wrong = createClient(TokenService, connect()).generateToken({ email: user, password: "wrong" });
  error(await failing(wrong), "UNAUTHENTICATED", "INVALID_CREDENTIALS");

  // The first item finds out, and no other is sent.
  const client = createClient(PublishService, connect(basic(user, "wrong")));
  const { results } = await client.publishBatch({ items: [item("a"), item("b")] });
  error(ofStatus(results[1]?.status), "ABORTED", "NOT_ATTEMPTED");
}

/** An upstream that fails. PublishEvent is a write: the service config has no retries for it. */
export async function ofUpstreams(transport: Transport): Promise<void> {
  const client = createClient(PublishService, transport);
  for (const [fault, code, reason, pushback] of UPSTREAM) {
    const publish = () => failing(client.publishEvent({ event: event() }));
    const [failure] = await during({ method: "POST", path: "/publish/*", ...fault }, publish);
    error(failure, code, reason);
    expect(failure.pushback, pushback);
    expect(failure.retryDelay, pushback && pushback > 0 ? pushback : undefined);
  }
}

/** A deadline that passes, and a call that is given up. Either may be told by the client itself, without details. */
export async function ofTime(transport: Transport): Promise<void> {
  const client = createClient(ProvisioningService, transport);
  const get = () => failing(client.getUser({ mail: "user@example.com" }, { timeoutMs: 500 }));
  const [late] = await during({ method: "GET", delay: 5 }, get);
  expect(late.code, "DEADLINE_EXCEEDED");
  told(late);

  const giveUp = new AbortController();
  const read = async () => {
    for await (const _ of client.streamUsers({}, { signal: giveUp.signal })) giveUp.abort(); // the facade stops reading
  };
  const canceled = await failing(read());
  expect(canceled.code, "CANCELLED");
  told(canceled);
}

/** A read that fails once is repeated, as the service config says, after the time that the facade names. */
export async function retried(transport: Transport): Promise<void> {
  const begun = performance.now();
  const fault = { method: "GET", status: 503, headers: { "retry-after": "3" }, times: 1 };
  const get = () => createClient(ProvisioningService, transport).getUser({ mail: "user@example.com" });
  const [{ user }, remaining] = await during(fault, get);
  expect([user?.mail, remaining], ["user@example.com", 0]);
  const waited = performance.now() - begun;
  expect(waited >= ASKED_TO_WAIT - 1, true); // timers of Node count whole milliseconds
  console.log(`retried ${ProvisioningService.typeName}/GetUser after ${(waited / 1000).toFixed(1)} s`);
}
