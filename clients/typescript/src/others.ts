/** Tokens, tickets, and whether the facade is well. */
import { createClient, type Transport } from "@connectrpc/connect";
import { TicketService } from "../gen/facade/v1/ticket_pb.js";
import { TokenService } from "../gen/facade/v1/token_pb.js";
import { Health, HealthCheckResponse_ServingStatus } from "../gen/grpc/health/v1/health_pb.js";
import { ofStatus } from "./errors.js";
import { expect, ok } from "./report.js";

const RESOLVED = 4;

/** The standard health service, which load balancers ask: of each service, and of the process with "". */
export async function serving(transport: Transport): Promise<void> {
  for (const service of ["", "facade.v1.PublishService"]) {
    const { status } = await createClient(Health, transport).check({ service }, { timeoutMs: 5000 });
    expect(status, HealthCheckResponse_ServingStatus.SERVING);
  }
  ok(`${Health.typeName}/Check`);
}

/** An access token for a user and a password. With Basic credentials the facade gets and keeps one by itself. */
export async function token(transport: Transport, email: string, password: string): Promise<string> {
  const { token } = await createClient(TokenService, transport).generateToken({ email, password });
  expect(token?.email, email);
  ok(`${TokenService.typeName}/GenerateToken`);
  return token!.accessToken;
}

/** One ticket, and several at once. */
export async function tickets(transport: Transport): Promise<void> {
  const client = createClient(TicketService, transport);
  const first = { customerId: "C-100", sysId: "9d385017c611228701d22104cc95c371", state: RESOLVED };
  expect((await client.updateTicket({ update: first })).message, "Success");
  ok(`${TicketService.typeName}/UpdateTicket`);

  const second = { customerId: "C-200", sysId: "46e3e949a9fe19810069b824ba2c761a", state: RESOLVED };
  const { results } = await client.updateTickets({ updates: [first, second] });
  const found = results.map((result) => [result.itemId, ofStatus(result.status).reason]);
  expect(found, [[first.sysId, undefined], [second.sysId, "USER_NOT_IN_CUSTOMER"]]);
  ok(`${TicketService.typeName}/UpdateTickets`);
}
