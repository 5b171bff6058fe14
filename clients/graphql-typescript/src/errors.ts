/** Each kind of error that a caller of the sandbox can meet, and what it carries. */

import * as documents from "./documents.js";
import type { Facade } from "./facade.js";
import { person } from "./operations.js";
import { during } from "./sandbox.js";
import { equal, fails, met, must } from "./told.js";

const NOBODY = { mail: "nobody@example.com" };
const ADMINISTRATOR = { mail: "api@example.com" };
const TICKET = { update: { customerId: "C-100", sysId: "5e".repeat(16), state: 4 } };
const EVENT = { event: { entity: "web-1" } };
const PUBLISHING = "/publish/allevents";
const MEMBERS = "/bpm/*";

export function basic(email: string, password: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${email}:${password}`).toString("base64")}` };
}

export async function errors(facade: Facade): Promise<void> {
  await users(facade);
  await requests(facade);
  await callers(facade);
  await customers(facade);
  await bulk(facade);
  await upstreams(facade);
}

async function users(facade: Facade): Promise<void> {
  const missing = ["NOT_FOUND", "USER_NOT_FOUND", false] as const;
  await fails(facade.call(documents.OneUser, NOBODY), missing, (told, { data, errors }) => {
    equal([data, errors[0]?.path, told.upstream, told.upstreamStatus], [{ user: null }, ["user"], "bpm", 404], "user");
  });
  // What did not fail is there beside the error.
  await fails(facade.call(documents.UserAndHealth, NOBODY), missing, (_, { data }) => {
    equal(data, { user: null, publishHealth: { message: "API is running" } }, "partial data");
  });
  const twice = facade.call(documents.CreateUser, { user: person(ADMINISTRATOR.mail) });
  await fails(twice, ["ALREADY_EXISTS", "USER_ALREADY_EXISTS", false]);
}

async function requests(facade: Facade): Promise<void> {
  const wrong = ["INVALID_ARGUMENT", "INVALID_REQUEST", false] as const;
  await fails(facade.call(documents.CreateUser, { user: person("no address") }), wrong, (told) => {
    equal(told.fieldViolations?.map(({ field }) => field), ["user.mail"], "the fields that are wrong");
  });
  await fails(facade.call(documents.Users, { first: 0 }), wrong);
  await fails(facade.post({ query: "{ nothing }" }), wrong, (_, { data }) => equal(data, null, "data"));
  const fields = Array.from({ length: 60 }, (_, index) => `a${index}: publishHealth { message }`);
  const large = facade.post({ query: `{ ${fields.join(" ")} }` });
  await fails(large, ["INVALID_ARGUMENT", "QUERY_TOO_LARGE", false]);
  const sha256Hash = "0".repeat(64);
  const unknown = facade.post({ extensions: { persistedQuery: { version: 1, sha256Hash } } });
  // The code is the protocol's; a client sends the text then.
  await fails(unknown, ["PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_FOUND", false]);
}

async function callers(facade: Facade): Promise<void> {
  const wrong = facade.with(basic("api@example.com", "wrong"));
  const member = facade.with(basic("user@example.com", "sandbox"));
  const bearer = facade.with({ authorization: "Bearer not-a-token" });
  const unknown = "UNAUTHENTICATED";
  await fails(facade.with({}).call(documents.OneUser, ADMINISTRATOR), [unknown, "MISSING_CREDENTIALS", false]);
  await fails(wrong.call(documents.UpdateTicket, TICKET), [unknown, "INVALID_CREDENTIALS", false]);
  await fails(bearer.call(documents.UpdateTicket, TICKET), [unknown, "INVALID_TOKEN", false]);
  await fails(bearer.call(documents.OneUser, ADMINISTRATOR), [unknown, "BASIC_REQUIRED", false]);
  await fails(member.call(documents.PublishEvent, EVENT), ["PERMISSION_DENIED", "ACCESS_DENIED", false]);
  await fails(member.call(documents.Users, {}), ["PERMISSION_DENIED", "NOT_ADMINISTRATOR", false]);
}

async function customers(facade: Facade): Promise<void> {
  const of = (envCustomerId: string) => facade.call(documents.PublishEvent, { event: { envCustomerId } });
  await fails(of("C-300"), ["FAILED_PRECONDITION", "CUSTOMER_INACTIVE", false]);
  await fails(of("C-200"), ["PERMISSION_DENIED", "USER_NOT_IN_CUSTOMER", false]);
}

async function bulk(facade: Facade): Promise<void> {
  // The first items find out that the credentials are refused; the rest is not sent, and would fare no better.
  const items = Array.from({ length: 200 }, (_, index) => ({ itemId: `${index}`, ...EVENT }));
  const wrong = facade.with(basic("api@example.com", "wrong"));
  const { publishBatch } = await wrong.call(documents.PublishBatch, { items });
  equal(publishBatch[0]?.error?.reason, "INVALID_CREDENTIALS", "the first item");
  const last = publishBatch.at(-1)?.error;
  must(last != null, "the last item: it cannot have been sent");
  equal([last.code, last.reason, last.retryable], ["ABORTED", "NOT_ATTEMPTED", false], "the last item");
  met(last.code, last.reason);

  // The plan is told before it is refused: nearly everybody would be deleted.
  const roster = [person(ADMINISTRATOR.mail)];
  const sync = facade.subscribe(documents.SyncUsers, { roster, options: { deleteMissing: true } });
  const planned = (await sync.next()).value?.syncUsers.plan;
  must(planned != null && planned.toDelete.length > 100, "syncUsers: the plan comes first");
  await fails(sync.next(), ["FAILED_PRECONDITION", "PLAN_REFUSED", false]);
}

async function upstreams(facade: Facade): Promise<void> {
  const publish = () => facade.call(documents.PublishEvent, EVENT);
  const read = () => facade.call(documents.OneUser, ADMINISTRATOR);
  const hurried = facade.with({ ...facade.headers, "x-request-timeout": "1" });
  const cases: [Record<string, unknown>, () => Promise<unknown>, readonly [string, string, boolean]][] = [
    [{ path: PUBLISHING, status: 413 }, publish, ["RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE", false]],
    [{ path: PUBLISHING, status: 422 }, publish, ["INVALID_ARGUMENT", "UPSTREAM_REJECTED", false]],
    [{ path: PUBLISHING, status: 500 }, publish, ["UNKNOWN", "UPSTREAM_ERROR", false]],
    [{ path: PUBLISHING, status: 405 }, publish, ["UNIMPLEMENTED", "UPSTREAM_MISCONFIGURED", false]],
    [{ path: PUBLISHING, body: "<html></html>" }, publish, ["INTERNAL", "UPSTREAM_MALFORMED_RESPONSE", false]],
    // A write whose answer is lost may have been carried out; a read may be repeated.
    [{ path: PUBLISHING, drop: "after" }, publish, ["UNKNOWN", "OUTCOME_UNKNOWN", false]],
    [{ path: MEMBERS, drop: "before" }, read, ["UNAVAILABLE", "UPSTREAM_UNREACHABLE", true]],
    [
      { path: MEMBERS, delay: 30 },
      () => hurried.call(documents.OneUser, ADMINISTRATOR),
      ["DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT", true],
    ],
  ];
  for (const [fault, call, expected] of cases) await during(fault, () => fails(call(), expected));

  const busy = { path: PUBLISHING, status: 429, headers: { "Retry-After": "7" } };
  await during(busy, () =>
    fails(publish(), ["RESOURCE_EXHAUSTED", "UPSTREAM_OVERLOADED", true], (told) => {
      equal([told.upstreamStatus, told.retryAfter], [429, 7], "the time that the upstream asks for");
    }),
  );
  await read(); // all is well again
}
