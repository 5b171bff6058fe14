package com.example.client;

import static com.example.client.Connection.environment;

import com.example.facade.v1.ProvisioningServiceGrpc;
import com.example.facade.v1.PublishServiceGrpc;
import com.example.facade.v1.TicketServiceGrpc;
import com.example.facade.v1.TokenServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthGrpc;

/** Calls every operation of a sandboxed facade and meets its errors. */
public final class Main {
  private Main() {}

  /** All of it. Ends with an exception if an answer is not what it must be. */
  public static void main(String[] arguments) throws Exception {
    String user = environment("FACADE_USER", "api@example.com");
    String password = environment("FACADE_PASSWORD", "sandbox");
    Authorization authorization = Authorization.basic(user, password);
    Report report = new Report();
    ManagedChannel channel = Connection.connect();
    try {
      Others.serving(HealthGrpc.newBlockingStub(channel), report);
      var publish = PublishServiceGrpc.newBlockingStub(channel);
      Publish.health(publish, report);
      String token = Others.token(TokenServiceGrpc.newBlockingStub(channel), report, user, password);
      Publish.metricWithToken(publish.withCallCredentials(Authorization.bearer(token)), report);

      Publish.oneByOne(publish.withCallCredentials(authorization), report);
      Publish.batch(publish.withCallCredentials(authorization), report);
      Publish.stream(PublishServiceGrpc.newStub(channel).withCallCredentials(authorization), report);
      Others.tickets(TicketServiceGrpc.newBlockingStub(channel).withCallCredentials(authorization), report);
      new Users(
              ProvisioningServiceGrpc.newBlockingStub(channel).withCallCredentials(authorization),
              ProvisioningServiceGrpc.newStub(channel).withCallCredentials(authorization),
              report)
          .allOperations();

      Failures failures = new Failures(channel, report, user, password);
      failures.ofRequests();
      failures.ofAPlan();
      failures.ofCredentials(token);
      failures.ofUpstreams();
      failures.retried();
      failures.ofTime();
      report.close();
    } finally {
      channel.shutdownNow();
    }
  }
}
