"""SyncUsers: makes the users of the account those of a roster."""

import itertools
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from facade.bulk.intake import each
from facade.bulk.item import Item
from facade.bulk.jobs import Jobs
from facade.bulk.provisioning import ADDED, DELETED, REPLACED, adding, deleting
from facade.bulk.replacement import Replacement
from facade.caller import Basic, Caller
from facade.domain.bulk import ItemResult, refuse
from facade.domain.provisioning import NewUser, User
from facade.domain.roster import (
    MAX_ROSTER,
    Changes,
    SyncEvent,
    SyncOptions,
    SyncSummary,
    changes,
    check_roster,
)
from facade.domain.slices import slices
from facade.errors import FacadeError, Reason, Violation, invalid
from facade.upstreams.provisioning import ProvisioningApi, check

READINGS = 5  # of a list that changes while it is read
FAILED, NOT_ATTEMPTED = "failed", "not attempted"


class Sync:
    """Syncs rosters."""

    def __init__(self, api: ProvisioningApi, jobs: Jobs) -> None:
        self._api = api
        self._jobs = jobs

    async def run(self, roster: list[NewUser], options: SyncOptions, caller: Caller) -> AsyncGenerator[SyncEvent, None]:
        """The plan; then, unless it is a dry run, a result for each user that it changes, and the summary.

        Raises, before anything is changed, INVALID_ARGUMENT about the roster and FAILED_PRECONDITION about the plan.
        """
        await validate(roster, options)
        planned = await changes(roster, await self._current(caller), options)
        yield planned.plan
        if options.dry_run:
            return
        planned.check(options, caller.bpm.email if isinstance(caller.bpm, Basic) else "")
        counts: Counter[str] = Counter()
        job = self._jobs.job("ProvisioningService/SyncUsers", caller, caller.bpm)
        async with aclosing(job.results(each(self._items(planned)))) as results:
            async for result in results:
                counts[outcome(result)] += 1
                yield result
        yield SyncSummary(
            added=counts[ADDED],
            replaced=counts[REPLACED],
            deleted=counts[DELETED],
            kept=planned.plan.kept,
            failed=counts[FAILED],
            not_attempted=counts[NOT_ATTEMPTED],
        )

    def _items(self, planned: Changes) -> Iterable[Item]:
        """Adds first: if the time runs out, the account has too many users rather than too few."""
        yield from (adding(self._api, user) for user in planned.add)
        yield from (Replacement(self._api, user, planned.spelled(user)).item() for user in planned.replace)
        yield from (deleting(self._api, user.mail) for user in planned.delete)

    async def _current(self, caller: Caller) -> list[User]:
        """All users of the account; read again if somebody else changes it meanwhile."""
        for reading in range(1, READINGS + 1):
            try:
                async with aclosing(self._api.all(caller)) as users:
                    return [user async for user in users]
            except FacadeError as error:
                if error.reason is not Reason.LIST_CHANGED or reading == READINGS:
                    raise
        raise AssertionError("unreachable")


async def validate(roster: list[NewUser], options: SyncOptions) -> None:
    """Refuses (INVALID_ARGUMENT) a roster with a user who cannot be added, or options that mean nothing."""
    if options.max_deletes is not None and options.max_deletes < 0:
        raise invalid("options.max_deletes", "must not be negative")
    if len(roster) > MAX_ROSTER:
        raise invalid("roster", f"has more than {MAX_ROSTER} users")
    check_roster(roster)
    wrong: list[Violation] = []
    places = itertools.count()
    async for some in slices(roster):
        for user, place in zip(some, places):  # noqa: B905 - places have no end
            try:
                check(user)
            except FacadeError as error:
                wrong += [
                    Violation(each.field.replace("user", f"roster[{place}]", 1), each.description)
                    for each in error.violations
                ]
    refuse(wrong)


def outcome(result: ItemResult) -> str:
    """Under what the summary counts a result."""
    if result.error is None:
        return result.message
    return NOT_ATTEMPTED if result.error.reason is Reason.NOT_ATTEMPTED else FAILED
