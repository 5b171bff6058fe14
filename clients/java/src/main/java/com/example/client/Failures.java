package com.example.client;

import static com.example.client.Report.expect;

import com.example.facade.v1.CreateUserRequest;
import com.example.facade.v1.GenerateTokenRequest;
import com.example.facade.v1.GetUserRequest;
import com.example.facade.v1.NewUser;
import com.example.facade.v1.ProvisioningServiceGrpc;
import com.example.facade.v1.PublishBatchRequest;
import com.example.facade.v1.PublishItem;
import com.example.facade.v1.PublishServiceGrpc;
import com.example.facade.v1.StreamUsersRequest;
import com.example.facade.v1.StreamUsersResponse;
import com.example.facade.v1.SyncOptions;
import com.example.facade.v1.SyncUsersRequest;
import com.example.facade.v1.SyncUsersResponse;
import com.example.facade.v1.TicketServiceGrpc;
import com.example.facade.v1.TokenServiceGrpc;
import com.example.facade.v1.UpdateTicketRequest;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** The errors, one by one: what provokes each, and what it tells. */
final class Failures {
  private static final double ASKED_TO_WAIT = 3; // seconds; the facade itself waits for an upstream for up to 2

  private final Channel channel;
  private final Report report;
  private final String user;
  private final String password;
  private final Authorization authorization;

  Failures(Channel channel, Report report, String user, String password) {
    this.channel = channel;
    this.report = report;
    this.user = user;
    this.password = password;
    this.authorization = Authorization.basic(user, password);
  }

  /** The failure of a call that must fail. */
  private static Failure failing(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException error) {
      return Failure.of(error);
    } catch (CompletionException error) {
      return Failure.of(error.getCause());
    }
    throw new IllegalStateException("a call that must fail did not");
  }

  // One call each, with these credentials.

  private Failure getting(Authorization credentials, String mail) {
    var request = GetUserRequest.newBuilder().setMail(mail).build();
    var stub = ProvisioningServiceGrpc.newBlockingStub(channel).withCallCredentials(credentials);
    return failing(() -> stub.getUser(request));
  }

  private Failure creating(String mail) {
    NewUser.Builder added = NewUser.newBuilder().setMail(mail).setCn("API").setSn("user");
    var request = CreateUserRequest.newBuilder().setUser(added).build();
    var stub = ProvisioningServiceGrpc.newBlockingStub(channel).withCallCredentials(authorization);
    return failing(() -> stub.createUser(request));
  }

  private Failure publishing(Authorization credentials, String customer) {
    var stub = PublishServiceGrpc.newBlockingStub(channel).withCallCredentials(credentials);
    return failing(() -> stub.publishEvent(Publish.eventRequest(customer)));
  }

  /** Requests that are wrong, or ask for what cannot be. */
  void ofRequests() {
    Failure invalid = creating("no address");
    report.error(invalid, Status.Code.INVALID_ARGUMENT, "INVALID_REQUEST");
    expect(invalid.violations(), List.of("user.mail")); // the field of the request, to be shown beside it

    report.error(creating("api@example.com"), Status.Code.ALREADY_EXISTS, "USER_ALREADY_EXISTS");
    report.error(getting(authorization, "nobody@example.com"), Status.Code.NOT_FOUND, "USER_NOT_FOUND");

    Failure inactive = publishing(authorization, "C-300");
    report.error(inactive, Status.Code.FAILED_PRECONDITION, "CUSTOMER_INACTIVE");
    expect(inactive.metadata().get("upstream"), "publish");
    expect(inactive.metadata().get("upstream_status"), "401");
    expect(inactive.metadata().containsKey("request_id"), true); // to be given to who runs the facade: it is in its log

    var ticket = Others.ticket("C-200", "9d385017c611228701d22104cc95c371");
    var update = UpdateTicketRequest.newBuilder().setUpdate(ticket).build();
    var stub = TicketServiceGrpc.newBlockingStub(channel).withCallCredentials(authorization);
    report.error(failing(() -> stub.updateTicket(update)), Status.Code.PERMISSION_DENIED, "USER_NOT_IN_CUSTOMER");
  }

  /** A roster that would delete nearly everybody: the stream brings the plan, then ends with an error. */
  void ofAPlan() {
    var requests = Users.roster(SyncOptions.newBuilder().setDeleteMissing(true), Users.newUser("one"));
    Exchange<SyncUsersRequest, SyncUsersResponse> exchange = new Exchange<>(requests);
    ProvisioningServiceGrpc.newStub(channel).withCallCredentials(authorization).syncUsers(exchange);
    report.error(failing(exchange::await), Status.Code.FAILED_PRECONDITION, "PLAN_REFUSED");
    expect(exchange.responses.stream().map(SyncUsersResponse::hasPlan).toList(), List.of(true));
  }

  /** Credentials that are missing, wrong, of the wrong kind, or of somebody who may not. */
  void ofCredentials(String token) {
    String mail = "user@example.com";
    Authorization other = Authorization.basic(mail, password);
    report.error(getting(null, mail), Status.Code.UNAUTHENTICATED, "MISSING_CREDENTIALS");
    Failure invalid = publishing(Authorization.bearer("no token"), "C-100");
    report.error(invalid, Status.Code.UNAUTHENTICATED, "INVALID_TOKEN");
    report.error(getting(Authorization.bearer(token), mail), Status.Code.UNAUTHENTICATED, "BASIC_REQUIRED");
    report.error(publishing(other, "C-100"), Status.Code.PERMISSION_DENIED, "ACCESS_DENIED");
    report.error(getting(other, mail), Status.Code.PERMISSION_DENIED, "NOT_ADMINISTRATOR");

    var request = GenerateTokenRequest.newBuilder().setEmail(user).setPassword("wrong").build();
    Failure wrong = failing(() -> TokenServiceGrpc.newBlockingStub(channel).generateToken(request));
    report.error(wrong, Status.Code.UNAUTHENTICATED, "INVALID_CREDENTIALS");

    // The first item finds out, and no other is sent.
    List<PublishItem> items = List.of(Publish.item("a", "C-100"), Publish.item("b", "C-100"));
    var stub = PublishServiceGrpc.newBlockingStub(channel).withCallCredentials(Authorization.basic(user, "wrong"));
    var answer = stub.publishBatch(PublishBatchRequest.newBuilder().addAllItems(items).build());
    report.error(Failure.of(answer.getResults(1).getStatus()), Status.Code.ABORTED, "NOT_ATTEMPTED");
  }

  /** An upstream that fails. PublishEvent is a write: the service config has no retries for it. */
  void ofUpstreams() throws Exception {
    for (Upstream row : Upstream.ALL) {
      Map<String, Object> fault = new HashMap<>(row.fault());
      fault.putAll(Map.of("method", "POST", "path", "/publish/*"));
      Failure found;
      try (Sandbox sandbox = new Sandbox(fault)) {
        found = publishing(authorization, "C-100");
      }
      report.error(found, row.code(), row.reason());
      expect(found.pushback(), row.pushback());
      expect(found.retryDelay(), "3000".equals(row.pushback()) ? 3000L : 0L);
    }
  }

  /** A deadline that passes, and a call that is given up. gRPC tells of these itself, so there may be no details. */
  void ofTime() throws Exception {
    var stub = ProvisioningServiceGrpc.newBlockingStub(channel).withCallCredentials(authorization);
    var request = GetUserRequest.newBuilder().setMail("user@example.com").build();
    Failure late;
    try (Sandbox sandbox = new Sandbox(Map.of("method", "GET", "delay", 5))) {
      late = failing(() -> stub.withDeadlineAfter(500, TimeUnit.MILLISECONDS).getUser(request));
    }
    expect(late.code(), Status.Code.DEADLINE_EXCEEDED);
    report.told(late);

    Context.CancellableContext context = Context.current().withCancellation();
    Iterator<StreamUsersResponse> users = context.call(() -> stub.streamUsers(StreamUsersRequest.getDefaultInstance()));
    users.next();
    context.cancel(null); // the facade stops reading users
    Failure canceled = failing(() -> users.forEachRemaining(each -> {}));
    expect(canceled.code(), Status.Code.CANCELLED);
    report.told(canceled);
  }

  /** A read that fails once is repeated by gRPC itself, as the service config says, after the time that it is told. */
  void retried() throws Exception {
    var stub = ProvisioningServiceGrpc.newBlockingStub(channel).withCallCredentials(authorization);
    var request = GetUserRequest.newBuilder().setMail("user@example.com").build();
    Map<String, Object> once = new HashMap<>(Upstream.BUSY);
    once.putAll(Map.of("method", "GET", "times", 1));
    long begun = System.nanoTime();
    try (Sandbox sandbox = new Sandbox(once)) {
      expect(stub.getUser(request).getUser().getMail(), request.getMail());
      expect(sandbox.remaining(), 0);
    }
    double waited = (System.nanoTime() - begun) / 1e9;
    expect(waited >= ASKED_TO_WAIT, true);
    System.out.printf("retried %s/GetUser after %.1f s%n", ProvisioningServiceGrpc.SERVICE_NAME, waited);
  }
}
