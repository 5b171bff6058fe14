/** What was called and what came of it: a line each, and their number at the end. */
import { deepStrictEqual } from "node:assert";
import type { Failure } from "./errors.js";

const operations = new Set<string>();
let errors = 0;

/** An operation that answered as it must. */
export function ok(operation: string): void {
  operations.add(operation);
  console.log(`ok ${operation}`);
}

/** An error that came as it must. */
export function told({ code, reason }: Failure): void {
  errors++;
  console.log(`error ${code} ${reason ?? "-"}`);
}

/** Compares a failure with the one that must come, and reports it. */
export function error(found: Failure, code: string, reason: string): void {
  expect([found.code, found.reason], [code, reason]);
  told(found);
}

/** Ends the example if an answer is not what it must be. */
export function expect(found: unknown, wanted: unknown): void {
  deepStrictEqual(found, wanted);
}

export function close(): void {
  console.log(`typescript: ${operations.size} operations, ${errors} errors`);
}
