/** The connection: TLS, credentials, the service config. */
import { readFileSync } from "node:fs";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { type ServiceConfig, withServiceConfig } from "./service-config.js";

const { FACADE_GRPC_ADDRESS = "127.0.0.1:50051", TLS_CA, TLS_CERTIFICATE, TLS_KEY } = process.env;

// Deadlines and retries of each method, as the facade's makers mean them; beside the .proto files.
const config = JSON.parse(
  readFileSync("../../protos/facade/v1/facade_grpc_service_config.json", "utf8"),
) as ServiceConfig;

// TLS_CA (a file of authorities) means TLS; TLS_CERTIFICATE and TLS_KEY are for a facade that wants a certificate.
const baseUrl = `${TLS_CA ? "https" : "http"}://${FACADE_GRPC_ADDRESS}`;
const read = (path: string | undefined) => (path ? readFileSync(path) : undefined);
const nodeOptions = { ca: read(TLS_CA), cert: read(TLS_CERTIFICATE), key: read(TLS_KEY) };

/** One connection for all callers. It is made at the first call, and again when it is lost. */
export const sessions = new Http2SessionManager(baseUrl, undefined, nodeOptions);

export const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

export const bearer = (accessToken: string) => `Bearer ${accessToken}`;

/** A transport whose calls all carry `authorization` if it is given. In a browser it would be createGrpcWebTransport. */
export function connect(authorization?: string): Transport {
  const credentials: Interceptor = (next) => (request) => {
    if (authorization) request.header.set("authorization", authorization);
    return next(request);
  };
  const transport = createGrpcTransport({ baseUrl, interceptors: [credentials], sessionManager: sessions });
  return withServiceConfig(transport, config);
}
