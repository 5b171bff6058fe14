/** Each operation once, as it succeeds. */

import * as documents from "./documents.js";
import type { Facade } from "./facade.js";
import type { NewUserInput, ResultFragment, SyncUsersSubscription, UsersQuery } from "./gql/graphql.js";
import { equal, must, ok } from "./told.js";

const PUBLISHED = "Data published successfully";
const SET = "Success";
const NAMES = ["one", "two", "three"].map((name) => `${name}.typescript@example.com`);
const TICKET = { customerId: "C-100", sysId: "5e".repeat(16), state: 4 };

export function person(mail: string): NewUserInput {
  return { mail, cn: "Ada", sn: "Example" };
}

export async function operations(facade: Facade): Promise<void> {
  await facade.call(documents.DeleteUsers, { mails: NAMES }); // of an earlier run that was broken off
  await reads(facade);
  await publishing(facade);
  await tickets(facade);
  await users(facade);
  await paging(facade);
  await syncing(facade);
}

async function reads(facade: Facade): Promise<void> {
  const { publishHealth } = await facade.with({}).call(documents.PublishHealth, {});
  equal(publishHealth.message, "API is running", "publishHealth");
  ok("Query.publishHealth");

  const { user } = await facade.call(documents.OneUser, { mail: "api@example.com" });
  must(user !== null && user.accountAdmin, "user: api@example.com is an administrator");
  ok("Query.user");

  const account = { email: "api@example.com", password: "sandbox" };
  const { generateToken: token } = await facade.with({}).call(documents.GenerateToken, account);
  equal(token.email, account.email, "generateToken");
  const bearer = facade.with({ authorization: `Bearer ${token.accessToken}` });
  const { publishEvent } = await bearer.call(documents.PublishEvent, { event: { entity: "web-1" } });
  equal(publishEvent.message, PUBLISHED, "publishEvent with the token");
  ok("Mutation.generateToken");
}

async function publishing(facade: Facade): Promise<void> {
  const event = { severity: "4", entity: "web-1", attributes: { rack: 12 } };
  const record = { name: "cpu", value: 97 };
  const said = [
    ["publishEvent", (await facade.call(documents.PublishEvent, { event })).publishEvent],
    ["publishMetric", (await facade.call(documents.PublishMetric, { metric: record })).publishMetric],
    [
      "publishEntityTopology",
      (await facade.call(documents.PublishEntityTopology, { topology: record })).publishEntityTopology,
    ],
    [
      "publishServiceTopology",
      (await facade.call(documents.PublishServiceTopology, { topology: record })).publishServiceTopology,
    ],
    [
      "publishHealthcheck",
      (await facade.call(documents.PublishHealthcheck, { healthcheck: record })).publishHealthcheck,
    ],
  ] as const;
  for (const [name, { message }] of said) {
    equal(message, PUBLISHED, name);
    ok(`Mutation.${name}`);
  }

  const items = [
    { itemId: "a", event },
    { itemId: "b", metric: record },
    { itemId: "c", entityTopology: record },
    { itemId: "d", serviceTopology: record },
    { itemId: "e", healthcheck: record },
    { itemId: "f", event: { envCustomerId: "C-300" } },
  ];
  const { publishBatch } = await facade.call(documents.PublishBatch, { items });
  equal(outcomes(publishBatch), ["a", "b", "c", "d", "e", "f: CUSTOMER_INACTIVE"], "publishBatch");
  ok("Mutation.publishBatch");
}

/** The ids of items that are done, and the ids and reasons of those that are not. */
function outcomes(results: readonly ResultFragment[]): string[] {
  return results.map(({ itemId, error }) => (error === null ? itemId : `${itemId}: ${error.reason}`));
}

async function tickets(facade: Facade): Promise<void> {
  const { updateTicket } = await facade.call(documents.UpdateTicket, { update: TICKET });
  equal(updateTicket.message, SET, "updateTicket");
  ok("Mutation.updateTicket");

  const other = "6f".repeat(16);
  const updates = [TICKET, { ...TICKET, sysId: other }];
  const { updateTickets } = await facade.call(documents.UpdateTickets, { updates });
  equal(outcomes(updateTickets), [TICKET.sysId, other], "updateTickets");
  ok("Mutation.updateTickets");
}

async function users(facade: Facade): Promise<void> {
  const [first = "", ...others] = NAMES;
  const { createUser } = await facade.call(documents.CreateUser, { user: { ...person(first), tester: true } });
  const flags = { accountAdmin: false, developer: false, endUser: true, operator: false, tester: true };
  equal(createUser, { ...person(first), ...flags }, "createUser, with the upstream's defaults");
  ok("Mutation.createUser");

  const { deleteUser } = await facade.call(documents.DeleteUser, { mail: first });
  equal(deleteUser, { mail: first }, "deleteUser");
  await facade.call(documents.DeleteUser, { mail: first, allowMissing: true });
  ok("Mutation.deleteUser");

  const { createUsers } = await facade.call(documents.CreateUsers, { users: others.map(person) });
  equal(createUsers.map(({ message }) => message), ["added", "added"], "createUsers");
  ok("Mutation.createUsers");

  const { deleteUsers } = await facade.call(documents.DeleteUsers, { mails: NAMES });
  equal(outcomes(deleteUsers), [`${first}: USER_NOT_FOUND`, ...others], "deleteUsers");
  ok("Mutation.deleteUsers");
}

async function paging(facade: Facade): Promise<void> {
  const forward: string[] = [];
  const backward: string[] = [];
  let total = 0;
  for (let after: string | null = null, more = true; more; ) {
    const { users }: UsersQuery = await facade.call(documents.Users, { first: 100, after });
    equal(users.edges.map((edge) => edge.node.mail), users.nodes.map((node) => node.mail), "edges and nodes");
    forward.push(...users.nodes.map((node) => node.mail));
    ({ endCursor: after, hasNextPage: more } = users.pageInfo);
    total = users.totalCount;
  }
  for (let before: string | null = null, more = true; more; ) {
    const { users }: UsersQuery = await facade.call(documents.Users, { last: 70, before });
    backward.unshift(...users.nodes.map((node) => node.mail));
    ({ startCursor: before, hasPreviousPage: more } = users.pageInfo);
  }
  equal(new Set(forward).size, total, "users, each once");
  equal(backward, forward, "users, from the end");
  ok("Query.users");
}

async function syncing(facade: Facade): Promise<void> {
  const roster = NAMES.map(person);
  const plan = await updates(facade, roster, { dryRun: true });
  equal(plan.map(({ plan }) => plan?.toAdd), [NAMES], "syncUsers, only planned");

  const [planned, ...rest] = await updates(facade, roster, {});
  const summary = rest.pop()?.summary;
  equal(rest.map(({ result }) => result?.itemId).sort(), [...NAMES].sort(), "syncUsers");
  equal([summary?.added, summary?.kept, summary?.failed], [NAMES.length, planned?.plan?.kept, 0], "its summary");
  await facade.call(documents.DeleteUsers, { mails: NAMES });
  ok("Subscription.syncUsers");
}

async function updates(facade: Facade, roster: NewUserInput[], options: { dryRun?: boolean }) {
  const found: SyncUsersSubscription["syncUsers"][] = [];
  for await (const { syncUsers } of facade.subscribe(documents.SyncUsers, { roster, options })) found.push(syncUsers);
  return found;
}
