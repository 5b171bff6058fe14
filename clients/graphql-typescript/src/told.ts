/** What this program prints: a line for each operation and each error that came as it must, and the count of both. */

import { type Extensions, GraphQLFailure } from "./facade.js";

const operations = new Set<string>();
let errors = 0;

/** Ends the program, which then has another exit status than 0, unless the condition holds. */
export function must(condition: boolean, text: string): asserts condition {
  if (!condition) throw new Error(text);
}

export function equal(found: unknown, expected: unknown, what: string): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  must(one === other, `${what}: ${one} instead of ${other}`);
}

/** The operation has answered as it must. */
export function ok(operation: string): void {
  operations.add(operation);
  console.log(`ok ${operation}`);
}

/** An error that came as it must. */
export function met(code: string, reason: string): void {
  errors += 1;
  console.log(`error ${code} ${reason}`);
}

/** The failure that the call ends with, whose first error is checked: code, reason, and whether it may be repeated. */
export async function fails(
  call: Promise<unknown>,
  [code, reason, retryable]: readonly [string, string, boolean],
  also: (told: Extensions, failure: GraphQLFailure) => void = () => {},
): Promise<void> {
  const failure = await call.then(
    () => must(false, `no ${reason}: the call succeeded`),
    (why: unknown) => why,
  );
  if (!(failure instanceof GraphQLFailure)) throw failure;
  const told = failure.errors[0]?.extensions;
  must(told !== undefined, `no ${reason}: an answer without data and errors`);
  equal([told.code, told.reason, told.retryable], [code, reason, retryable], failure.message);
  must(told.requestId.length > 0, `${reason}: the error does not name its request`);
  also(told, failure);
  met(told.code, told.reason);
}

export function close(name: string): void {
  console.log(`${name}: ${operations.size} operations, ${errors} errors`);
}
