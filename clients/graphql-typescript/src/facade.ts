/** How a facade is called: typed documents over fetch, subscriptions over server-sent events. */

import { createClient } from "graphql-sse";
import type { TypedDocumentString } from "./gql/graphql.js";

/** What every error of a facade carries. `code` is coarse (a gRPC status), `reason` says what to do about it. */
export interface Extensions {
  code: string;
  reason: string;
  upstream: string | null;
  upstreamStatus: number | null;
  /** Whether sending the same again is safe and may help. */
  retryable: boolean;
  requestId: string;
  /** Seconds after which to try again, where it is known. */
  retryAfter?: number;
  /** The fields that are wrong, as `user.mail`. */
  fieldViolations?: { field: string; description: string }[];
}

export interface Entry {
  message: string;
  path?: readonly (string | number)[];
  extensions: Extensions;
}

/** An answer with errors. `data` is what there is nevertheless: null in the place of what failed. */
export class GraphQLFailure<Data = unknown> extends Error {
  constructor(
    readonly errors: readonly Entry[],
    readonly data: Partial<Data> | null,
  ) {
    super(errors.map((each) => each.message).join("; "));
  }
}

export type Headers = Record<string, string>;

interface Answer<Data> {
  data?: Data | null;
  errors?: Entry[];
}

export class Facade {
  /** The address of the GraphQL face, as `http://127.0.0.1:8080/graphql`, and headers for each request. */
  constructor(
    readonly url: string,
    readonly headers: Headers,
  ) {}

  /** The same facade for another caller, or with another `x-request-timeout`. */
  with(headers: Headers): Facade {
    return new Facade(this.url, headers);
  }

  /** The answer's data. A GraphQLFailure if there are errors, even beside data. */
  async call<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables): Promise<Data> {
    return this.post<Data>({ query: document.toString(), variables });
  }

  /** The same for a request that is written out. */
  async post<Data>(request: object): Promise<Data> {
    const response = await fetch(this.url, {
      method: "POST",
      // With this type each status comes with a GraphQL answer: 400 for a document that is wrong, 401 for a caller.
      headers: { ...this.headers, accept: "application/graphql-response+json", "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    return unpacked<Data>((await response.json()) as Answer<Data>);
  }

  /** The results of a subscription. Ending the loop early ends the subscription. */
  async *subscribe<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ): AsyncGenerator<Data> {
    // A sync writes: it is not begun anew because a connection was lost. Who wants that runs it again.
    const client = createClient({ url: this.url, headers: this.headers, retryAttempts: 0 });
    for await (const result of client.iterate<Data>({ query: document.toString(), variables })) {
      yield unpacked<Data>(result as unknown as Answer<Data>);
    }
  }
}

function unpacked<Data>(answer: Answer<Data>): Data {
  if (answer.errors !== undefined || answer.data == null) {
    throw new GraphQLFailure<Data>(answer.errors ?? [], answer.data ?? null);
  }
  return answer.data;
}
