/** The sandbox's faults, by which its upstreams fail as they are told. */

const URL = process.env["SANDBOX"] ?? "http://127.0.0.1:8090";

/** Runs `call` while the upstream misbehaves as `fault` says (facade/sandbox/faults.py has the list). */
export async function during<T>(fault: Record<string, unknown>, call: () => Promise<T>): Promise<T> {
  await said("PUT", [fault]);
  try {
    return await call();
  } finally {
    await said("DELETE");
  }
}

async function said(method: string, body?: unknown): Promise<void> {
  const content = body === undefined ? null : JSON.stringify(body);
  const response = await fetch(`${URL}/sandbox/faults`, { method, body: content });
  if (!response.ok) throw new Error(`the sandbox answered ${response.status}: ${await response.text()}`);
}
