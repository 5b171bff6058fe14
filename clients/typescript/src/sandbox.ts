/** Makes the REST APIs behind a sandboxed facade fail, so that the errors can be seen. Production has no such thing. */

/** What goes wrong: see facade/sandbox/faults.py. */
export type Fault = Record<string, unknown>;

/** It goes wrong while the call runs. What the call returned, and for how many requests the fault still waits. */
export async function during<T>(fault: Fault, call: () => Promise<T>): Promise<[T, number | null]> {
  await control("PUT", [fault]);
  try {
    const result = await call();
    const { faults } = await control("GET");
    return [result, faults![0]!.remaining];
  } finally {
    await control("DELETE");
  }
}

/** Asks the sandbox, at the URL that `facade serve --sandbox` prints. */
async function control(method: string, body?: Fault[]): Promise<{ faults?: { remaining: number | null }[] }> {
  const url = process.env.SANDBOX;
  if (!url) throw new Error("SANDBOX is not set: it is the address that the facade prints for it");
  const answer = await fetch(`${url}/sandbox/faults`, { method, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}`);
  return (await answer.json()) as { faults?: { remaining: number | null }[] };
}
