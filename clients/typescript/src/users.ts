/** Users of the BPM subscription: one, many, all, and a roster to be kept in step with. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import type { ItemResult } from "../gen/facade/v1/bulk_pb.js";
import {
  type NewUserSchema,
  ProvisioningService,
  type SyncOptionsSchema,
  type SyncPlan,
  type SyncSummary,
  type SyncUsersRequestSchema,
} from "../gen/facade/v1/provisioning_pb.js";
import { expect, ok } from "./report.js";

const SERVICE = ProvisioningService.typeName;
type Users = Client<typeof ProvisioningService>;
type NewUser = MessageInitShape<typeof NewUserSchema>;

/** An address of this example's own users. */
const mail = (name: string) => `typescript-${name}@example.com`;

/** A user to add. A flag that is not set is left to the upstream's default. */
export const newUser = (name: string) => ({ mail: mail(name), cn: name, sn: "Example" });

/** What became of each, by address. */
const messages = (results: ItemResult[]) => Object.fromEntries(results.map((each) => [each.itemId, each.message]));

/** All operations; what is added is deleted again. */
export async function allOperations(transport: Transport): Promise<void> {
  const client = createClient(ProvisioningService, transport);
  for (const name of ["one", "two", "three", "four"]) {
    await client.deleteUser({ mail: mail(name), allowMissing: true }); // of an earlier run that was cut off
  }
  await single(client);
  await listed(client);

  const added = await client.createUsers({ users: [newUser("two"), newUser("three")] });
  expect(messages(added.results), { [mail("two")]: "added", [mail("three")]: "added" });
  ok(`${SERVICE}/CreateUsers`);

  await syncRoster(client);

  await client.deleteUser({ mail: mail("one") });
  ok(`${SERVICE}/DeleteUser`);

  const mails = ["two", "three", "four"].map(mail);
  const gone = await client.deleteUsers({ mails });
  expect(messages(gone.results), Object.fromEntries(mails.map((each) => [each, "deleted"])));
  ok(`${SERVICE}/DeleteUsers`);
}

async function single(client: Users): Promise<void> {
  const { user: created } = await client.createUser({ user: { ...newUser("one"), developer: true } });
  expect([created?.developer, created?.endUser], [true, true]);
  ok(`${SERVICE}/CreateUser`);

  const { user: found } = await client.getUser({ mail: mail("one") }, { timeoutMs: 10_000 });
  expect(found, created);
  ok(`${SERVICE}/GetUser`);
}

/** All pages: each answer has the token of the next page, and the last has none. */
async function* pages(client: Users, pageSize: number) {
  for (let pageToken = ""; ; ) {
    const page = await client.listUsers({ pageSize, pageToken });
    yield page;
    if (!page.nextPageToken) return;
    pageToken = page.nextPageToken;
  }
}

/** All users, by pages and as a stream. */
async function listed(client: Users): Promise<void> {
  const paged: string[] = [];
  let total = 0;
  for await (const page of pages(client, 100)) {
    paged.push(...page.users.map((user) => user.mail));
    total = page.totalSize;
  }
  expect(paged.length, total);
  ok(`${SERVICE}/ListUsers`);

  const streamed: (string | undefined)[] = [];
  for await (const { user } of client.streamUsers({})) streamed.push(user?.mail);
  expect(streamed, paged); // had it not been complete, it would have ended with an error
  ok(`${SERVICE}/StreamUsers`);
}

/** The messages of a sync: the options, then the roster. */
export async function* roster(
  options: MessageInitShape<typeof SyncOptionsSchema>,
  users: NewUser[],
): AsyncGenerator<MessageInitShape<typeof SyncUsersRequestSchema>> {
  yield { message: { case: "options", value: options } };
  for (const value of users) yield { message: { case: "user", value } };
}

/** The subscription's users are made those of a roster: here one is added and one changed, and none deleted. */
async function syncRoster(client: Users): Promise<void> {
  const users = [newUser("two"), { ...newUser("three"), tester: true }, newUser("four")];
  const results: ItemResult[] = [];
  let plan: SyncPlan | undefined;
  let summary: SyncSummary | undefined;
  for await (const { message } of client.syncUsers(roster({ replaceChanged: true }, users))) {
    if (message.case === "plan") plan = message.value;
    else if (message.case === "result") results.push(message.value);
    else if (message.case === "summary") summary = message.value;
  }
  expect([plan?.toAdd, plan?.toReplace], [[mail("four")], [mail("three")]]);
  expect(messages(results), { [mail("four")]: "added", [mail("three")]: "replaced" });
  expect([summary?.added, summary?.replaced, summary?.deleted, summary?.failed], [1, 1, 0, 0]);
  ok(`${SERVICE}/SyncUsers`);
}
