"""Users in bulk."""

from collections.abc import Sequence

from facade.bulk.item import Item
from facade.bulk.jobs import Jobs
from facade.caller import Caller
from facade.domain.bulk import ItemResult, check_batch, check_unique
from facade.domain.provisioning import NewUser, User
from facade.domain.roster import key
from facade.errors import FacadeError
from facade.upstreams.provisioning import ProvisioningApi

ADDED, DELETED, REPLACED, FOUND = "added", "deleted", "replaced", "found"


class BulkUsers:
    """Adds and deletes batches of users."""

    def __init__(self, api: ProvisioningApi, jobs: Jobs) -> None:
        self._api = api
        self._jobs = jobs

    async def find(self, mails: Sequence[str], caller: Caller) -> dict[str, User | FacadeError]:
        """The user with each address, or why there is none: what asking for that one alone would lead to.

        An address that is there twice is asked for once; one alone does not wait for a place.
        """
        found: dict[str, User | FacadeError] = {}
        items = [finding(self._api, mail, found) for mail in dict.fromkeys(mails)]
        if len(items) == 1:
            try:
                await items[0].run(caller)
            except FacadeError as error:
                found[items[0].id] = error
            return found
        for result in await self._jobs.all("ProvisioningService/GetUser", caller, caller.bpm, items):
            if result.error is not None:
                found[result.item_id] = result.error.because or result.error
        return found

    async def create(self, users: list[NewUser], caller: Caller) -> list[ItemResult]:
        """The results of adding 1 to MAX_ITEMS users with different addresses, in their order."""
        check_batch("users", len(users))
        check_unique("users", ".mail", (key(user.mail) for user in users))
        items = [adding(self._api, user) for user in users]
        return await self._jobs.all("ProvisioningService/CreateUsers", caller, caller.bpm, items)

    async def delete(self, mails: list[str], caller: Caller) -> list[ItemResult]:
        """The results of deleting 1 to MAX_ITEMS users with different addresses, in their order."""
        check_batch("mails", len(mails))
        check_unique("mails", "", map(key, mails))
        items = [deleting(self._api, mail) for mail in mails]
        return await self._jobs.all("ProvisioningService/DeleteUsers", caller, caller.bpm, items)


def finding(api: ProvisioningApi, mail: str, found: dict[str, User | FacadeError]) -> Item:
    """The item that puts a user into `found`. It does not wait for an upstream that is busy: its caller does."""

    async def run(caller: Caller) -> str:
        found[mail] = await api.get(mail, caller)
        return FOUND

    return Item(mail, run, again=lambda _error: False)


def adding(api: ProvisioningApi, user: NewUser) -> Item:
    """The item that adds a user."""

    async def run(caller: Caller) -> str:
        await api.create(user, caller)
        return ADDED

    return Item(user.mail, run)


def deleting(api: ProvisioningApi, mail: str) -> Item:
    """The item that deletes a user."""

    async def run(caller: Caller) -> str:
        await api.delete(mail, caller)
        return DELETED

    return Item(mail, run)
