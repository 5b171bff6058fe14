"""Users of the BPM subscription: one, many, all, and a roster to be kept in step with."""

from collections.abc import Iterator

import grpc

from facade.v1 import provisioning_pb2, provisioning_pb2_grpc
from facade_example.report import Report, expect

SERVICE = "facade.v1.ProvisioningService"
Stub = provisioning_pb2_grpc.ProvisioningServiceStub


def mail(name: str) -> str:
    """An address of this example's own users."""
    return f"python-{name}@example.com"


def new(name: str, **flags: bool) -> provisioning_pb2.NewUser:
    """A user to add. A flag that is not set is left to the upstream's default."""
    return provisioning_pb2.NewUser(mail=mail(name), cn=name.title(), sn="Example", **flags)


def all_operations(channel: grpc.Channel, report: Report) -> None:
    """All of them; what is added is deleted again."""
    stub = Stub(channel)
    remove(stub, ["one", "two", "three", "four"])  # of an earlier run that was cut off
    single(stub, report)
    listed(stub, report)
    many(stub, report)
    sync(stub, report)
    ended(stub, report)


def remove(stub: Stub, names: list[str]) -> None:
    """Deletes users who may not be there."""
    for name in names:
        stub.DeleteUser(provisioning_pb2.DeleteUserRequest(mail=mail(name), allow_missing=True))


def single(stub: Stub, report: Report) -> None:
    """One user."""
    created = stub.CreateUser(provisioning_pb2.CreateUserRequest(user=new("one", developer=True))).user
    expect((created.developer, created.end_user, created.tester), (True, True, False))
    report.ok(f"{SERVICE}/CreateUser")

    found = stub.GetUser(provisioning_pb2.GetUserRequest(mail=mail("one")), timeout=10).user
    expect(found, created)
    report.ok(f"{SERVICE}/GetUser")


def pages(stub: Stub, size: int) -> Iterator[provisioning_pb2.ListUsersResponse]:
    """All pages: each answer has the token of the next page, and the last has none."""
    request = provisioning_pb2.ListUsersRequest(page_size=size)
    while True:
        page = stub.ListUsers(request)
        yield page
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def listed(stub: Stub, report: Report) -> None:
    """All users, by pages and as a stream."""
    read = list(pages(stub, 100))
    mails = [user.mail for page in read for user in page.users]
    expect(len(mails), read[0].total_size)
    report.ok(f"{SERVICE}/ListUsers")

    streamed = [each.user.mail for each in stub.StreamUsers(provisioning_pb2.StreamUsersRequest())]
    expect(streamed, mails)
    report.ok(f"{SERVICE}/StreamUsers")


def many(stub: Stub, report: Report) -> None:
    """Up to 1000 at once; each has a result."""
    request = provisioning_pb2.CreateUsersRequest(users=[new("two"), new("three")])
    expect([result.message for result in stub.CreateUsers(request).results], ["added", "added"])
    report.ok(f"{SERVICE}/CreateUsers")


def sync(stub: Stub, report: Report) -> None:
    """The subscription's users are made those of a roster: here one is added and one changed, and none deleted."""

    def messages() -> Iterator[provisioning_pb2.SyncUsersRequest]:
        yield provisioning_pb2.SyncUsersRequest(options=provisioning_pb2.SyncOptions(replace_changed=True))
        for user in (new("two"), new("three", tester=True), new("four")):
            yield provisioning_pb2.SyncUsersRequest(user=user)

    told = list(stub.SyncUsers(messages()))
    plan, *results, last = told
    expect((list(plan.plan.to_add), list(plan.plan.to_replace)), ([mail("four")], [mail("three")]))
    done = {each.result.item_id: each.result.message for each in results}
    expect(done, {mail("four"): "added", mail("three"): "replaced"})
    summary = last.summary
    expect((summary.added, summary.replaced, summary.deleted, summary.failed), (1, 1, 0, 0))
    report.ok(f"{SERVICE}/SyncUsers")


def ended(stub: Stub, report: Report) -> None:
    """Users are deleted, one and many."""
    stub.DeleteUser(provisioning_pb2.DeleteUserRequest(mail=mail("one")))
    report.ok(f"{SERVICE}/DeleteUser")

    mails = [mail(name) for name in ("two", "three", "four")]
    results = stub.DeleteUsers(provisioning_pb2.DeleteUsersRequest(mails=mails)).results
    expect([(result.item_id, result.message) for result in results], [(each, "deleted") for each in mails])
    report.ok(f"{SERVICE}/DeleteUsers")
