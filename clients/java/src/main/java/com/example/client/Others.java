package com.example.client;

import static com.example.client.Report.expect;

import com.example.facade.v1.GenerateTokenRequest;
import com.example.facade.v1.ItemResult;
import com.example.facade.v1.TicketServiceGrpc;
import com.example.facade.v1.TicketServiceGrpc.TicketServiceBlockingStub;
import com.example.facade.v1.TicketUpdate;
import com.example.facade.v1.Token;
import com.example.facade.v1.TokenServiceGrpc;
import com.example.facade.v1.TokenServiceGrpc.TokenServiceBlockingStub;
import com.example.facade.v1.UpdateTicketRequest;
import com.example.facade.v1.UpdateTicketsRequest;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.health.v1.HealthGrpc.HealthBlockingStub;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Tokens, tickets, and whether the facade is well. */
final class Others {
  private static final int RESOLVED = 4;

  private Others() {}

  /** The standard health service, which load balancers ask: of each service, and of the process with "". */
  static void serving(HealthBlockingStub stub, Report report) {
    for (String service : List.of("", "facade.v1.PublishService")) {
      var request = HealthCheckRequest.newBuilder().setService(service).build();
      expect(stub.withDeadlineAfter(5, TimeUnit.SECONDS).check(request).getStatus(), ServingStatus.SERVING);
    }
    report.ok(HealthGrpc.SERVICE_NAME + "/Check");
  }

  /** An access token for a user and a password. With Basic credentials the facade gets and keeps one by itself. */
  static String token(TokenServiceBlockingStub stub, Report report, String user, String password) {
    var request = GenerateTokenRequest.newBuilder().setEmail(user).setPassword(password).build();
    Token token = stub.generateToken(request).getToken();
    expect(token.getEmail(), user);
    report.ok(TokenServiceGrpc.SERVICE_NAME + "/GenerateToken");
    return token.getAccessToken();
  }

  /** A ticket that was resolved. */
  static TicketUpdate ticket(String customer, String id) {
    return TicketUpdate.newBuilder().setCustomerId(customer).setSysId(id).setState(RESOLVED).build();
  }

  /** One ticket, and several at once. */
  static void tickets(TicketServiceBlockingStub stub, Report report) {
    TicketUpdate first = ticket("C-100", "9d385017c611228701d22104cc95c371");
    var one = UpdateTicketRequest.newBuilder().setUpdate(first).build();
    expect(stub.updateTicket(one).getMessage(), "Success");
    report.ok(TicketServiceGrpc.SERVICE_NAME + "/UpdateTicket");

    TicketUpdate second = ticket("C-200", "46e3e949a9fe19810069b824ba2c761a");
    var both = UpdateTicketsRequest.newBuilder().addUpdates(first).addUpdates(second).build();
    List<ItemResult> results = stub.updateTickets(both).getResultsList();
    expect(results.stream().map(ItemResult::getItemId).toList(), List.of(first.getSysId(), second.getSysId()));
    expect(results.get(0).getMessage(), "Success");
    expect(Failure.of(results.get(1).getStatus()).reason(), "USER_NOT_IN_CUSTOMER");
    report.ok(TicketServiceGrpc.SERVICE_NAME + "/UpdateTickets");
  }
}
