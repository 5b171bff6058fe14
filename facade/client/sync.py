"""`facade users sync`: shows the plan, asks, carries it out.

Between the plan that is shown and the run, somebody else may change the account. The facade is told to delete no more
users than were shown. If the run's own plan deletes or replaces anybody who was not shown so, the run is cancelled the
moment that plan arrives; the facade adds first, but may by then have begun with what it was about to do.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import grpc

from facade.client.connection import connected, target
from facade.client.credentials import Credentials, basic
from facade.client.failure import CallError, MisuseError, StoppedError, call_error, printable
from facade.client.outcomes import OutcomeFile, lost, outcome
from facade.client.plan import check, plan_table, question, show, summary_table, unshown
from facade.client.read_users import Entry, read
from facade.client.report import Report
from facade.client.stop import Stop
from facade.client.terminal import NoTerminalError, ask
from facade.v1 import provisioning_pb2 as pb
from facade.v1.provisioning_pb2_grpc import ProvisioningServiceStub


def sync(options: argparse.Namespace) -> int:
    """Makes the users those of a file; the exit status."""
    entries = read(options.file, options.input_format)
    run = Run(options, entries, basic())
    try:
        shown = asyncio.run(run.plan())
        show(plan_table(shown, everything=options.all))
        check(shown, options.max_deletes)
        if options.dry_run or not (shown.to_add or shown.to_replace or shown.to_delete):
            return 0
        if not options.yes:
            confirm(question(shown))
        with OutcomeFile(options.outcomes) as file:
            return asyncio.run(run.carry_out(shown, file))
    except CallError as error:
        raise located(error, options.file, entries) from None


def confirm(asked: str) -> None:
    """Returns if there is nothing to ask or the answer is yes. StoppedError, or MisuseError if nobody can be asked."""
    try:
        if asked and ask(asked).lower() not in {"y", "yes"}:
            raise StoppedError("Nothing was changed.")
    except NoTerminalError:
        raise MisuseError(
            "--yes: is required to delete or replace users where there is no terminal to ask at"
        ) from None


def located(error: CallError, file: str, entries: list[Entry]) -> Exception:
    """The same error, or one that names the line of the file that the facade refuses."""
    for field, description in error.violations:
        place, bracket, name = field.removeprefix("roster[").partition("]")
        if bracket and place.isdecimal() and int(place) < len(entries):
            return MisuseError(f"{file}:{entries[int(place)].line}: {name.removeprefix('.')}: {description}")
    return error


class Run:
    """One roster on its way into the account."""

    def __init__(self, options: argparse.Namespace, entries: list[Entry], credentials: Credentials) -> None:
        self._options = options
        self._users = [entry.user for entry in entries]
        self._credentials = credentials
        self._left: dict[str, str] = {}  # addresses without a result, under what the facade calls them

    async def plan(self) -> pb.SyncPlan:
        """The plan as it is now."""
        async with connected(target(self._options)) as channel:
            with Stop.on_interrupt(patient=False):
                async with aclosing(self._messages(channel, dry_run=True)) as messages:
                    async for message in messages:
                        return message.plan
        raise CallError("The facade sent no plan.", "INTERNAL")

    async def carry_out(self, shown: pb.SyncPlan, file: OutcomeFile) -> int:
        """Carries out the plan that was shown; the exit status."""
        total = len(shown.to_add) + len(shown.to_replace) + len(shown.to_delete)
        summary = None
        failure = None
        async with connected(target(self._options)) as channel:
            with Stop.on_interrupt(patient=False) as stop, Report.opened("sync", total, "user", file) as report:
                try:
                    async with aclosing(
                        self._messages(channel, dry_run=False, max_deletes=len(shown.to_delete))
                    ) as messages:
                        async for message in messages:
                            summary = self._take(message, shown, report)
                except CallError as error:
                    failure = error
                    raise
                finally:
                    for mail in self._left.values():
                        report.take(lost(mail, failure), told=False)
        if summary is not None:
            show(summary_table(summary))
        return report.status(stop)

    def _take(self, message: pb.SyncUsersResponse, shown: pb.SyncPlan, report: Report) -> pb.SyncSummary | None:
        match message.WhichOneof("message"):
            case "plan":
                plan = message.plan
                self._left = {mail.lower(): mail for mail in (*plan.to_add, *plan.to_replace, *plan.to_delete)}
                if new := unshown(plan, shown):
                    raise StoppedError(
                        f"The account has changed: {len(new)} would be deleted or replaced who were not shown, first of"
                        f" all {printable(new[0])}. Stopped; run it again to see the new plan."
                    )
            case "result":
                mail = message.result.item_id
                report.take(outcome(self._left.pop(mail.lower(), mail), message.result))
                report.check()  # stops it, as the facade would go on
            case "summary":
                return message.summary
        return None

    async def _messages(
        self, channel: grpc.aio.Channel, *, dry_run: bool, max_deletes: int | None = None
    ) -> AsyncGenerator[pb.SyncUsersResponse, None]:
        """What the facade answers. CallError; cancels the call when it is closed."""
        options = pb.SyncOptions(
            dry_run=dry_run,
            delete_missing=self._options.delete_missing,
            replace_changed=self._options.replace_changed,
            max_deletes=max_deletes,
        )

        async def requests() -> AsyncGenerator[pb.SyncUsersRequest, None]:
            yield pb.SyncUsersRequest(options=options)
            for user in self._users:
                yield pb.SyncUsersRequest(user=user)

        call: Any = ProvisioningServiceStub(channel).SyncUsers(
            requests(), metadata=self._credentials.metadata, timeout=self._options.timeout
        )
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as error:
            raise call_error(error) from None
        finally:
            call.cancel()
