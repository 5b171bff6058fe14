"""What SyncUsers receives and sends, as protobuf."""

import asyncio
from collections.abc import AsyncIterator

from facade.caller import Caller
from facade.domain.bulk import ItemResult
from facade.domain.provisioning import NewUser
from facade.domain.roster import MAX_ROSTER, SyncEvent, SyncOptions, SyncPlan
from facade.errors import Code, FacadeError, Outcome, Reason, invalid
from facade.rpc.results import message as result_message
from facade.v1 import provisioning_pb2 as pb


async def received(requests: AsyncIterator[pb.SyncUsersRequest], caller: Caller) -> tuple[SyncOptions, list[NewUser]]:
    """The options and the whole roster, once the caller has ended its side."""
    options: SyncOptions | None = None
    roster: list[NewUser] = []
    try:
        async with asyncio.timeout_at(caller.deadline):
            async for request in requests:
                kind = request.WhichOneof("message")
                if options is None:
                    if kind != "options":
                        raise invalid("options", "must be the first message")
                    options = sync_options(request.options)
                elif kind != "user":
                    raise invalid("user", "is required in every message but the first")
                elif len(roster) == MAX_ROSTER:
                    raise invalid("roster", f"has more than {MAX_ROSTER} users")
                else:
                    roster.append(new_user(request.user))
    except TimeoutError:
        text = "The time of the request was over before the roster was complete."
        late = (Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT)
        raise FacadeError(*late, text, outcome=Outcome.NOT_SENT) from None
    if options is None:
        raise invalid("options", "must be the first message")
    return options, roster


def sync_options(given: pb.SyncOptions) -> SyncOptions:
    """The options; an unset `max_deletes` stays None."""
    return SyncOptions(
        dry_run=given.dry_run,
        delete_missing=given.delete_missing,
        replace_changed=given.replace_changed,
        max_deletes=given.max_deletes if given.HasField("max_deletes") else None,
    )


def new_user(given: pb.NewUser) -> NewUser:
    """A user to add: booleans that are not set stay None."""
    flags = {field.name: value for field, value in given.ListFields() if field.has_presence}
    return NewUser(mail=given.mail, cn=given.cn, sn=given.sn, **flags)


def sync_message(event: SyncEvent, caller: Caller) -> pb.SyncUsersResponse:
    """The plan, a result, or the summary."""
    if isinstance(event, ItemResult):
        return pb.SyncUsersResponse(result=result_message(event, caller))
    if isinstance(event, SyncPlan):
        return pb.SyncUsersResponse(plan=pb.SyncPlan(**vars(event)))
    return pb.SyncUsersResponse(summary=pb.SyncSummary(**vars(event)))
