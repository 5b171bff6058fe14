/**
 * A transport that keeps to a gRPC service config. Connect has deadlines and no retries of its own, so this does what
 * gRPC's other libraries do: the deadline of each method, and retries with the server's pushback.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";

interface RetryPolicy {
  maxAttempts: number;
  initialBackoff: string;
  maxBackoff: string;
  backoffMultiplier: number;
  retryableStatusCodes: string[];
}

interface MethodConfig {
  name: { service: string; method: string }[];
  timeout: string;
  retryPolicy?: RetryPolicy;
}

export interface ServiceConfig {
  methodConfig: MethodConfig[];
}

export function withServiceConfig(transport: Transport, config: ServiceConfig): Transport {
  const methods = new Map(
    config.methodConfig.flatMap((each) => each.name.map((name) => [`${name.service}/${name.method}`, each] as const)),
  );
  const of = (method: { parent: { typeName: string }; name: string }) =>
    methods.get(`${method.parent.typeName}/${method.name}`);
  return {
    unary(method, signal, timeoutMs, header, input, contextValues) {
      const configured = of(method);
      return repeated(configured, timeoutMs, signal, (remaining) =>
        transport.unary(method, signal, remaining, header, input, contextValues),
      );
    },
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      const configured = of(method);
      if (!configured?.retryPolicy) {
        const time = timeoutMs ?? milliseconds(configured?.timeout);
        return transport.stream(method, signal, time, header, input, contextValues);
      }
      // What was received cannot be taken back: a stream is repeated only until its first message has come.
      const requests: typeof input extends AsyncIterable<infer M> ? M[] : never = [];
      for await (const request of input) requests.push(request);
      return repeated(configured, timeoutMs, signal, async (remaining) => {
        const again = (async function* () {
          yield* requests;
        })();
        const response = await transport.stream(method, signal, remaining, header, again, contextValues);
        const messages = response.message[Symbol.asyncIterator]();
        const first = await messages.next();
        return { ...response, message: resumed(first, messages) };
      });
    },
  };
}

async function* resumed<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** Makes a call, again where that is safe and may help, within the time for all attempts together. */
async function repeated<T>(
  config: MethodConfig | undefined,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
  call: (remaining: number | undefined) => Promise<T>,
): Promise<T> {
  const time = timeoutMs ?? milliseconds(config?.timeout);
  const end = time === undefined ? Infinity : performance.now() + time;
  const policy = config?.retryPolicy;
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(end === Infinity ? undefined : Math.ceil(end - performance.now())); // grpc-timeout is whole
    } catch (reason) {
      const pause = policy && pauseBefore(policy, attempt, ConnectError.from(reason));
      if (pause === undefined || performance.now() + pause >= end) throw reason;
      await sleep(pause, undefined, { signal });
    }
  }
}

/** Milliseconds to wait before trying again, or undefined if this error is the last word. */
function pauseBefore(policy: RetryPolicy, attempt: number, error: ConnectError): number | undefined {
  if (attempt >= policy.maxAttempts || !policy.retryableStatusCodes.includes(codeName(error.code))) return undefined;
  const pushback = error.metadata.get("grpc-retry-pushback-ms");
  if (pushback !== null) return Number(pushback) < 0 ? undefined : Number(pushback); // the server knows better
  const backoff = milliseconds(policy.initialBackoff)! * policy.backoffMultiplier ** (attempt - 1);
  return Math.random() * Math.min(backoff, milliseconds(policy.maxBackoff)!);
}

/** A duration of the config, such as "0.1s". */
function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : Number(duration.replace(/s$/, "")) * 1000;
}

/** The name of a code as gRPC writes it. */
export function codeName(code: Code): string {
  return code === Code.Canceled ? "CANCELLED" : Code[code].replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
}
