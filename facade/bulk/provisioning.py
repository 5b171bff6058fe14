"""Users in bulk."""

from facade.bulk.item import Item
from facade.bulk.jobs import Jobs
from facade.caller import Caller
from facade.domain.bulk import ItemResult, check_batch, check_unique
from facade.domain.provisioning import NewUser
from facade.domain.roster import key
from facade.upstreams.provisioning import ProvisioningApi

ADDED, DELETED, REPLACED = "added", "deleted", "replaced"


class BulkUsers:
    """Adds and deletes batches of users."""

    def __init__(self, api: ProvisioningApi, jobs: Jobs) -> None:
        self._api = api
        self._jobs = jobs

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
