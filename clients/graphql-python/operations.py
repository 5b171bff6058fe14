"""Each operation once, as it succeeds."""

from collections.abc import Iterable

from generated.fragments import Result
from generated.input_types import EventInput, NewUserInput, PublishItemInput, SyncOptionsInput, TicketUpdateInput
from generated.sync_users import SyncUsersSyncUsers
from scalars import JsonObject
from session import Session
from told import equal, ok

PUBLISHED = "Data published successfully"
NAMES = [f"{name}.python@example.com" for name in ("one", "two", "three")]
ADMINISTRATOR = "api@example.com"


def person(mail: str) -> NewUserInput:
    """A user to add."""
    return NewUserInput(mail=mail, cn="Ada", sn="Example")


def ticket(sys_id: str = "5f" * 16) -> TicketUpdateInput:
    """A ticket that is resolved."""
    return TicketUpdateInput(customer_id="C-100", sys_id=sys_id, state=4)


async def run(session: Session, stranger: Session) -> None:
    """Calls all of them. The stranger has no credentials."""
    await session.delete_users(NAMES)  # of an earlier run that was broken off
    await reads(session, stranger)
    await publishing(session)
    await tickets(session)
    await users(session)
    await paging(session)
    await syncing(session)


async def reads(session: Session, stranger: Session) -> None:
    """Health, one user, and a token."""
    health = await stranger.publish_health()
    equal(health.publish_health.message, "API is running", "publishHealth")
    ok("Query.publishHealth")

    found = (await session.one_user(ADMINISTRATOR)).user
    equal(found is not None and found.account_admin, True, "user: is an administrator")
    ok("Query.user")

    token = (await stranger.generate_token(ADMINISTRATOR, "sandbox")).generate_token
    equal(token.email, ADMINISTRATOR, "generateToken")
    bearer = {"authorization": f"Bearer {token.access_token}"}
    said = await stranger.publish_event(EventInput(entity="web-1"), headers=bearer)
    equal(said.publish_event.message, PUBLISHED, "publishEvent with the token")
    ok("Mutation.generateToken")


async def publishing(session: Session) -> None:
    """Records of each kind, alone and together."""
    event = EventInput(severity="4", entity="web-1", attributes={"rack": 12})
    record: JsonObject = {"name": "cpu", "value": 2**60 + 1}  # all its digits arrive
    said = {
        "publishEvent": (await session.publish_event(event)).publish_event.message,
        "publishMetric": (await session.publish_metric(record)).publish_metric.message,
        "publishEntityTopology": (await session.publish_entity_topology(record)).publish_entity_topology.message,
        "publishServiceTopology": (await session.publish_service_topology(record)).publish_service_topology.message,
        "publishHealthcheck": (await session.publish_healthcheck(record)).publish_healthcheck.message,
    }
    for name, message in said.items():
        equal(message, PUBLISHED, name)
        ok(f"Mutation.{name}")

    items = [
        PublishItemInput(item_id="a", event=event),
        PublishItemInput(item_id="b", metric=record),
        PublishItemInput(item_id="c", entity_topology=record),
        PublishItemInput(item_id="d", service_topology=record),
        PublishItemInput(item_id="e", healthcheck=record),
        PublishItemInput(item_id="f", event=EventInput(env_customer_id="C-300")),
    ]
    results = (await session.publish_batch(items)).publish_batch
    equal(outcomes(results), ["a", "b", "c", "d", "e", "f: CUSTOMER_INACTIVE"], "publishBatch")
    ok("Mutation.publishBatch")


def outcomes(results: Iterable[Result]) -> list[str]:
    """The ids of items that are done, and the ids and reasons of those that are not."""
    return [result.item_id + (f": {result.error.reason}" if result.error else "") for result in results]


async def tickets(session: Session) -> None:
    """One ticket, and two together."""
    equal((await session.update_ticket(ticket())).update_ticket.message, "Success", "updateTicket")
    ok("Mutation.updateTicket")

    names = ["5f" * 16, "6a" * 16]
    results = (await session.update_tickets([ticket(name) for name in names])).update_tickets
    equal(outcomes(results), names, "updateTickets")
    ok("Mutation.updateTickets")


async def users(session: Session) -> None:
    """Users who come and go, alone and together."""
    first, *others = NAMES
    made = (await session.create_user(NewUserInput(mail=first, cn="Ada", sn="Example", tester=True))).create_user
    equal((made.mail, made.cn, made.tester), (first, "Ada", True), "createUser")
    equal((made.end_user, made.account_admin), (True, False), "createUser: the upstream's defaults")
    ok("Mutation.createUser")

    equal((await session.delete_user(first)).delete_user.mail, first, "deleteUser")
    await session.delete_user(first, allow_missing=True)
    ok("Mutation.deleteUser")

    added = (await session.create_users([person(name) for name in others])).create_users
    equal([result.message for result in added], ["added", "added"], "createUsers")
    ok("Mutation.createUsers")

    gone = (await session.delete_users(NAMES)).delete_users
    equal(outcomes(gone), [f"{first}: USER_NOT_FOUND", *others], "deleteUsers")
    ok("Mutation.deleteUsers")


async def paging(session: Session) -> None:
    """All users, from the start and from the end."""
    page = (await session.users(first=100)).users
    forward = [user.mail for user in page.nodes]
    equal([edge.node.mail for edge in page.edges], forward, "edges and nodes")
    while page.page_info.has_next_page:
        page = (await session.users(first=100, after=page.page_info.end_cursor)).users
        forward += [user.mail for user in page.nodes]
    equal(len(set(forward)), page.total_count, "users, each once")

    page = (await session.users(last=70)).users
    backward = [user.mail for user in page.nodes]
    while page.page_info.has_previous_page:
        page = (await session.users(last=70, before=page.page_info.start_cursor)).users
        backward = [user.mail for user in page.nodes] + backward
    equal(backward, forward, "users, from the end")
    ok("Query.users")


async def syncing(session: Session) -> None:
    """A roster that becomes part of the account, over a WebSocket."""
    [plan] = await updates(session, SyncOptionsInput(dry_run=True))
    equal(plan.plan.to_add if plan.plan else None, NAMES, "syncUsers, only planned")

    first, *results, last = await updates(session, SyncOptionsInput())
    equal(sorted(each.result.item_id for each in results if each.result), sorted(NAMES), "syncUsers")
    equal(last.summary and (last.summary.added, last.summary.failed), (len(NAMES), 0), "its summary")
    equal(last.summary and last.summary.kept, first.plan and first.plan.kept, "its summary, as planned")
    await session.delete_users(NAMES)
    ok("Subscription.syncUsers")


async def updates(session: Session, options: SyncOptionsInput) -> list[SyncUsersSyncUsers]:
    """What a sync tells."""
    roster = [person(name) for name in NAMES]
    return [update.sync_users async for update in session.sync_users(roster, options)]
