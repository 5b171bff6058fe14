"""Tokens, tickets, and whether the facade is well."""

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from facade.v1 import ticket_pb2, ticket_pb2_grpc, token_pb2, token_pb2_grpc
from facade_example.errors import of_status
from facade_example.report import Report, expect

RESOLVED = 4
TICKETS = ("9d385017c611228701d22104cc95c371", "46e3e949a9fe19810069b824ba2c761a")


def serving(channel: grpc.Channel, report: Report) -> None:
    """The standard health service, which load balancers ask: of each service, and of the process with ""."""
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", "facade.v1.PublishService"):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
        expect(answer.status, health_pb2.HealthCheckResponse.SERVING)
    report.ok("grpc.health.v1.Health/Check")


def token(channel: grpc.Channel, report: Report, user: str, password: str) -> str:
    """An access token for a user and a password. With Basic credentials the facade gets and keeps one by itself."""
    request = token_pb2.GenerateTokenRequest(email=user, password=password)
    issued = token_pb2_grpc.TokenServiceStub(channel).GenerateToken(request).token
    expect(issued.email, user)
    report.ok("facade.v1.TokenService/GenerateToken")
    return issued.access_token


def tickets(channel: grpc.Channel, report: Report) -> None:
    """One ticket, and several at once."""
    stub = ticket_pb2_grpc.TicketServiceStub(channel)
    update = ticket_pb2.TicketUpdate(customer_id="C-100", sys_id=TICKETS[0], state=RESOLVED)
    expect(stub.UpdateTicket(ticket_pb2.UpdateTicketRequest(update=update)).message, "Success")
    report.ok("facade.v1.TicketService/UpdateTicket")

    other = ticket_pb2.TicketUpdate(customer_id="C-200", sys_id=TICKETS[1], state=RESOLVED)
    results = stub.UpdateTickets(ticket_pb2.UpdateTicketsRequest(updates=[update, other])).results
    expect([result.item_id for result in results], list(TICKETS))
    expect(results[0].message, "Success")
    expect(of_status(results[1].status).reason, "USER_NOT_IN_CUSTOMER")
    report.ok("facade.v1.TicketService/UpdateTickets")
