// A page's client: the schema as the facade publishes it, Connect's gRPC-Web transport, and no generated code.
import { createFileRegistry, fromBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, Code, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

const published = await fetch("/descriptor.binpb");
const bytes = new Uint8Array(await published.arrayBuffer());
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
const users = registry.getService("facade.v1.ProvisioningService");

// The answer as JSON, or what is known of the failure. `headers` are those of the caller.
globalThis.getUser = async (baseUrl, mail, headers) => {
  const client = createClient(users, createGrpcWebTransport({ baseUrl }));
  try {
    const answer = await client.getUser({ mail }, { headers });
    return toJson(users.method.getUser.output, answer);
  } catch (failure) {
    const error = ConnectError.from(failure);
    const [info] = error.findDetails(registry.getMessage("google.rpc.ErrorInfo"));
    return { code: Code[error.code], message: error.rawMessage, reason: info?.reason, metadata: info?.metadata };
  }
};

globalThis.streamUsers = async (baseUrl, headers) => {
  const client = createClient(users, createGrpcWebTransport({ baseUrl }));
  let count = 0;
  for await (const _ of client.streamUsers({}, { headers })) count += 1;
  return count;
};

globalThis.show = (answer) => {
  document.querySelector("pre").textContent = JSON.stringify(answer, null, 2);
};
document.body.dataset.ready = "true";
