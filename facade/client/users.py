"""`facade users add` and `facade users remove`: a file of users in batches, a few at a time.

The first batch goes alone, so that a wrong password is tried once. What the run that is resumed left in doubt is sent
again, and that it is there (or gone) already then means that the earlier run has done it. Of the users who have no
outcome the first may have been under way when that run was killed, as many as it had under way; the others were not.
"""

import argparse
import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from facade.client.connection import connected, target
from facade.client.credentials import Credentials, basic
from facade.client.failure import CallError, call_error
from facade.client.outcomes import Outcome, State, lost, outcome
from facade.client.read_users import Entry, read
from facade.client.report import Report
from facade.client.resume import earlier, outcome_file
from facade.client.stop import Stop
from facade.errors import Reason
from facade.v1 import provisioning_pb2 as pb
from facade.v1.provisioning_pb2_grpc import ProvisioningServiceStub

BATCH = 100  # users; small enough that the bar moves and a slow upstream ends one within the facade's time for a call
PARALLEL = 4  # batches under way


@dataclass(frozen=True, slots=True)
class Action:
    """What is done with the users.

    Attributes:
        title: of the progress bar.
        method: the rpc.
        request: the rpc's request for a batch.
        already: the reason of a user for whom there is nothing to do.

    """

    title: str
    method: Callable[[Any], Any]
    request: Callable[[list[pb.NewUser]], Any]
    already: Reason


ADD = Action(
    "add",
    lambda stub: stub.CreateUsers,
    lambda users: pb.CreateUsersRequest(users=users),
    Reason.USER_ALREADY_EXISTS,
)
REMOVE = Action(
    "remove",
    lambda stub: stub.DeleteUsers,
    lambda users: pb.DeleteUsersRequest(mails=[user.mail for user in users]),
    Reason.USER_NOT_FOUND,
)


def add(options: argparse.Namespace) -> int:
    """Adds the users of a file; the exit status."""
    return change(options, ADD, read(options.file, options.input_format))


def remove(options: argparse.Namespace) -> int:
    """Deletes the users of a file; the exit status."""
    return change(options, REMOVE, read(options.file, options.input_format, required=("mail",)))


def change(options: argparse.Namespace, action: Action, entries: list[Entry]) -> int:
    """Does it with all users that an earlier run has not done."""
    before = earlier(options.resume, str.lower)
    users = [each.user for each in entries if before.get(each.user.mail.lower()) is not State.DONE]
    credentials = basic()

    async def run() -> int:
        async with connected(target(options)) as channel:
            with Stop.on_interrupt() as stop, Report.opened(action.title, len(users), "user", file) as report:
                report.skip(len(entries) - len(users))
                stub = ProvisioningServiceStub(channel)
                batches = Batches(
                    action,
                    stub=stub,
                    credentials=credentials,
                    timeout=options.timeout,
                    report=report,
                    doubtful=doubtful(users, before) if options.resume else set(),
                )
                await batches.run(users, stop)
        return report.status(stop)

    with outcome_file(options, before) as file:
        return asyncio.run(run())


def doubtful(users: Sequence[pb.NewUser], before: Mapping[str, State]) -> set[str]:
    """The addresses of those whom the run that is resumed may have sent without knowing what became of them."""
    states = {user.mail: before.get(user.mail.lower()) for user in users}
    under_way = [mail for mail, state in states.items() if state is None][: BATCH * PARALLEL]
    return {*under_way, *(mail for mail, state in states.items() if state is State.UNKNOWN)}


class Batches:
    """Sends users batch by batch."""

    def __init__(
        self,
        action: Action,
        *,
        stub: ProvisioningServiceStub,
        credentials: Credentials,
        timeout: float,
        report: Report,
        doubtful: set[str],
    ) -> None:
        self._action = action
        self._call = action.method(stub)
        self._credentials = credentials
        self._end = asyncio.get_running_loop().time() + timeout
        self._report = report
        self._doubtful = doubtful
        self._failure: CallError | None = None

    async def run(self, users: Sequence[pb.NewUser], stop: Stop) -> None:
        """Sends them all; every user gets an outcome. CallError if a call fails as a whole."""
        waiting = deque(list(users[start : start + BATCH]) for start in range(0, len(users), BATCH))
        try:
            if waiting:
                await self._send(waiting.popleft())
            async with asyncio.TaskGroup() as group:
                for _ in range(PARALLEL):
                    group.create_task(self._work(waiting, stop))
        finally:
            for user in (user for batch in waiting for user in batch):
                left = Outcome(user.mail, State.NOT_ATTEMPTED, message="the run ended before its turn")
                self._report.take(left, told=False)
        if self._failure is not None:
            raise self._failure

    async def _work(self, waiting: deque[list[pb.NewUser]], stop: Stop) -> None:
        while waiting and self._failure is None and not (stop.asked or self._report.given_up):
            await self._send(waiting.popleft())

    async def _send(self, batch: list[pb.NewUser]) -> None:
        left = set(range(len(batch)))
        failure = None
        try:
            remaining = max(self._end - asyncio.get_running_loop().time(), 0)
            request = self._action.request(batch)
            answer = await self._call(request, metadata=self._credentials.metadata, timeout=remaining)
            for place, result in enumerate(answer.results):
                self._report.take(self._settled(outcome(batch[place].mail, result)))
                left.remove(place)
        except grpc.aio.AioRpcError as error:
            failure = self._failure = call_error(error)
        finally:
            for place in sorted(left):
                self._report.take(lost(batch[place].mail, failure), told=False)

    def _settled(self, result: Outcome) -> Outcome:
        if result.item_id in self._doubtful and result.reason == self._action.already:
            return Outcome(result.item_id, State.DONE, message="done by an earlier run")
        return result
