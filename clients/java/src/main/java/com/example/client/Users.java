package com.example.client;

import static com.example.client.Report.expect;

import com.example.facade.v1.CreateUserRequest;
import com.example.facade.v1.CreateUsersRequest;
import com.example.facade.v1.DeleteUserRequest;
import com.example.facade.v1.DeleteUsersRequest;
import com.example.facade.v1.GetUserRequest;
import com.example.facade.v1.ItemResult;
import com.example.facade.v1.ListUsersRequest;
import com.example.facade.v1.ListUsersResponse;
import com.example.facade.v1.NewUser;
import com.example.facade.v1.ProvisioningServiceGrpc;
import com.example.facade.v1.ProvisioningServiceGrpc.ProvisioningServiceBlockingStub;
import com.example.facade.v1.ProvisioningServiceGrpc.ProvisioningServiceStub;
import com.example.facade.v1.StreamUsersRequest;
import com.example.facade.v1.SyncOptions;
import com.example.facade.v1.SyncPlan;
import com.example.facade.v1.SyncSummary;
import com.example.facade.v1.SyncUsersRequest;
import com.example.facade.v1.SyncUsersResponse;
import com.example.facade.v1.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Users of the BPM subscription: one, many, all, and a roster to be kept in step with. */
final class Users {
  private static final String SERVICE = ProvisioningServiceGrpc.SERVICE_NAME + "/";
  private final ProvisioningServiceBlockingStub stub;
  private final ProvisioningServiceStub streams;
  private final Report report;

  Users(ProvisioningServiceBlockingStub stub, ProvisioningServiceStub streams, Report report) {
    this.stub = stub;
    this.streams = streams;
    this.report = report;
  }

  /** An address of this example's own users. */
  static String mail(String name) {
    return "java-" + name + "@example.com";
  }

  /** A user to add. A flag that is not set is left to the upstream's default. */
  static NewUser.Builder newUser(String name) {
    return NewUser.newBuilder().setMail(mail(name)).setCn(name).setSn("Example");
  }

  /** All operations; what is added is deleted again. */
  void allOperations() {
    for (String name : List.of("one", "two", "three", "four")) { // of an earlier run that was cut off
      stub.deleteUser(DeleteUserRequest.newBuilder().setMail(mail(name)).setAllowMissing(true).build());
    }
    single();
    listed();

    var two = CreateUsersRequest.newBuilder().addUsers(newUser("two")).addUsers(newUser("three")).build();
    Map<String, String> added = messages(stub.createUsers(two).getResultsList());
    expect(added, Map.of(mail("two"), "added", mail("three"), "added"));
    report.ok(SERVICE + "CreateUsers");

    sync();

    stub.deleteUser(DeleteUserRequest.newBuilder().setMail(mail("one")).build());
    report.ok(SERVICE + "DeleteUser");

    List<String> mails = List.of(mail("two"), mail("three"), mail("four"));
    var request = DeleteUsersRequest.newBuilder().addAllMails(mails).build();
    List<ItemResult> gone = stub.deleteUsers(request).getResultsList();
    expect(gone.stream().map(ItemResult::getItemId).toList(), mails);
    expect(gone.stream().map(ItemResult::getMessage).distinct().toList(), List.of("deleted"));
    report.ok(SERVICE + "DeleteUsers");
  }

  /** What became of each, by address. */
  private static Map<String, String> messages(List<ItemResult> results) {
    return results.stream().collect(Collectors.toMap(ItemResult::getItemId, ItemResult::getMessage));
  }

  private void single() {
    var create = CreateUserRequest.newBuilder().setUser(newUser("one").setDeveloper(true)).build();
    User created = stub.createUser(create).getUser();
    expect(List.of(created.getDeveloper(), created.getEndUser()), List.of(true, true));
    report.ok(SERVICE + "CreateUser");

    var get = GetUserRequest.newBuilder().setMail(mail("one")).build();
    // The earlier of this deadline and the service config's holds.
    expect(stub.withDeadlineAfter(10, TimeUnit.SECONDS).getUser(get).getUser(), created);
    report.ok(SERVICE + "GetUser");
  }

  /** All users: by pages, each of which has the token of the next, and as a stream. */
  private void listed() {
    List<String> paged = new ArrayList<>();
    ListUsersResponse page = ListUsersResponse.getDefaultInstance();
    do {
      var next = ListUsersRequest.newBuilder().setPageSize(100).setPageToken(page.getNextPageToken()).build();
      page = stub.listUsers(next);
      page.getUsersList().forEach(user -> paged.add(user.getMail()));
    } while (!page.getNextPageToken().isEmpty());
    expect(paged.size(), page.getTotalSize());
    report.ok(SERVICE + "ListUsers");

    List<String> streamed = new ArrayList<>();
    stub.streamUsers(StreamUsersRequest.getDefaultInstance())
        .forEachRemaining(response -> streamed.add(response.getUser().getMail()));
    expect(streamed, paged); // had it not been complete, it would have ended with an error
    report.ok(SERVICE + "StreamUsers");
  }

  /** The messages of a sync: the options, then the roster. */
  static List<SyncUsersRequest> roster(SyncOptions.Builder options, NewUser.Builder... users) {
    List<SyncUsersRequest> requests = new ArrayList<>();
    requests.add(SyncUsersRequest.newBuilder().setOptions(options).build());
    for (NewUser.Builder user : users) {
      requests.add(SyncUsersRequest.newBuilder().setUser(user).build());
    }
    return requests;
  }

  /** The subscription's users are made those of a roster: here one is added and one changed, and none deleted. */
  private void sync() {
    SyncOptions.Builder options = SyncOptions.newBuilder().setReplaceChanged(true);
    var requests = roster(options, newUser("two"), newUser("three").setTester(true), newUser("four"));
    Exchange<SyncUsersRequest, SyncUsersResponse> exchange = new Exchange<>(requests);
    streams.syncUsers(exchange);
    List<ItemResult> results = new ArrayList<>();
    SyncPlan plan = SyncPlan.getDefaultInstance();
    SyncSummary summary = SyncSummary.getDefaultInstance();
    for (SyncUsersResponse response : exchange.await()) {
      switch (response.getMessageCase()) {
        case PLAN -> plan = response.getPlan();
        case RESULT -> results.add(response.getResult());
        case SUMMARY -> summary = response.getSummary();
        case MESSAGE_NOT_SET -> throw new IllegalStateException("an empty message");
      }
    }
    expect(List.copyOf(plan.getToAddList()), List.of(mail("four")));
    expect(List.copyOf(plan.getToReplaceList()), List.of(mail("three")));
    expect(messages(results), Map.of(mail("four"), "added", mail("three"), "replaced"));
    expect(List.of(summary.getAdded(), summary.getReplaced(), summary.getDeleted()), List.of(1, 1, 0));
    report.ok(SERVICE + "SyncUsers");
  }
}
