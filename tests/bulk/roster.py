"""SyncUsers as a client makes it, and accounts of the sandbox as they are to be."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import grpc

from facade import sandbox
from facade.v1 import bulk_pb2, provisioning_pb2_grpc
from facade.v1 import provisioning_pb2 as pb
from tests.support import basic

FLAGS = {
    "account_admin": "accountAdmin",
    "developer": "developer",
    "end_user": "endUser",
    "operator": "operator",
    "tester": "tester",
}


def wanted(number: int, name: str = "User") -> pb.NewUser:
    """User `number` of a roster, with all flags."""
    flags = {flag: number % (place + 2) == 0 for place, flag in enumerate(FLAGS)}
    return pb.NewUser(mail=f"member.{number}@example.com", cn=name, sn=str(number), **flags)


def member(user: pb.NewUser) -> dict[str, Any]:
    """The same user as the upstream has it."""
    flags = {theirs: getattr(user, ours) for ours, theirs in FLAGS.items()}
    return {"mail": user.mail, "cn": user.cn, "sn": user.sn} | flags


def account(upstream: sandbox.Running) -> dict[str, dict[str, Any]]:
    """All users that the upstream has, by address."""
    roster = upstream.state.roster
    return {str(user["mail"]): dict(user) for user in roster.page(0, len(roster))}


def settle(upstream: sandbox.Running, users: Iterable[pb.NewUser]) -> None:
    """Puts users into the account."""
    for user in users:
        assert upstream.state.roster.add(member(user))


def writes(upstream: sandbox.Running) -> int:
    """How many calls were there to change the account."""
    return sum(entry.method != "GET" for entry in upstream.state.log.entries("/bpm/*"))


@dataclass
class Synced:
    """What the client was told."""

    plan: pb.SyncPlan = field(default_factory=pb.SyncPlan)
    results: list[bulk_pb2.ItemResult] = field(default_factory=list)
    summary: pb.SyncSummary | None = None
    ended: grpc.StatusCode | None = None

    def told(self, message: str) -> set[str]:
        """The addresses of whom it was said."""
        return {result.item_id for result in self.results if result.message == message}


async def synced(
    address: str, roster: Iterable[pb.NewUser], *, leave: asyncio.Event | None = None, **options: Any
) -> Synced:
    """A sync to its end, or until the client is told to leave."""
    state = Synced()

    async def requests() -> AsyncIterator[pb.SyncUsersRequest]:
        yield pb.SyncUsersRequest(options=pb.SyncOptions(**options))
        for user in roster:
            yield pb.SyncUsersRequest(user=user)

    async with grpc.aio.insecure_channel(address) as channel:
        stub = provisioning_pb2_grpc.ProvisioningServiceStub(channel)
        call = stub.SyncUsers(requests(), metadata=tuple(basic().items()))
        leaving = asyncio.create_task(left(call, leave or asyncio.Event()))
        try:
            async for answer in call:
                note(state, answer)
        except grpc.aio.AioRpcError:
            pass  # told by the code
        except asyncio.CancelledError:  # so grpc tells a client that it has cancelled
            if leave is None or not leave.is_set():
                raise
        finally:
            leaving.cancel()
        state.ended = await call.code()
    return state


async def left(call: Any, leave: asyncio.Event) -> None:
    """Cancels the call when the client is to leave."""
    await leave.wait()
    call.cancel()


def note(state: Synced, answer: pb.SyncUsersResponse) -> None:
    """Puts an answer to the others, which come in this order."""
    match answer.WhichOneof("message"):
        case "plan":
            assert not state.results
            state.plan = answer.plan
        case "result":
            assert state.summary is None
            state.results.append(answer.result)
        case _:
            state.summary = answer.summary
