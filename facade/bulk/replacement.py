"""A user who is replaced by deleting and adding it, since the upstream has no update."""

import time
from dataclasses import dataclass, field, replace

from facade.bulk.item import Item, not_taken
from facade.bulk.provisioning import REPLACED
from facade.caller import Caller
from facade.domain.provisioning import NewUser
from facade.errors import FacadeError, Outcome, Reason
from facade.upstreams.provisioning import ProvisioningApi

PERSISTENCE = 60.0  # seconds for which an add that fails without a reason is tried again


@dataclass(slots=True)
class Replacement:
    """How far a replacement has come.

    Once the user is deleted, an add that fails is tried again unless the upstream said what is wrong with the user: a
    deleted user is worse than an old one.
    """

    api: ProvisioningApi
    user: NewUser
    old: str  # the address as the account has it: its case may be another
    doubt: FacadeError | None = field(default=None, repr=False)  # the delete's answer was lost
    deleted: bool = False
    since: float = 0.0
    tried: bool = False  # an add may have been carried out

    def item(self) -> Item:
        """The item of a job that replaces the user."""
        return Item(self.user.mail, self._run, self._again)

    async def _run(self, caller: Caller) -> str:
        if not self.deleted:
            await self._delete(caller)
        try:
            await self.api.create(self.user, caller)
        except FacadeError as error:
            if error.reason is Reason.USER_ALREADY_EXISTS:
                if self.doubt is not None:  # it was never deleted, or an add whose answer was lost, too, was done
                    self.deleted = False
                    raise self.doubt from None
                if self.tried:
                    return REPLACED  # by an add whose answer was lost
            self.tried = self.tried or error.outcome is Outcome.UNKNOWN
            message = f"The user was deleted; adding it again failed: {error.message}"
            raise replace(error, message=message) from None
        return REPLACED

    async def _delete(self, caller: Caller) -> None:
        try:
            await self.api.delete(self.old, caller, allow_missing=True)
        except FacadeError as error:
            if error.outcome is not Outcome.UNKNOWN:
                raise
            self.doubt = error
        self.deleted = True
        self.since = time.monotonic()

    def _again(self, error: FacadeError) -> bool:
        if not_taken(error):
            return True
        unsaid = error.outcome is Outcome.UNKNOWN or error.retryable
        return self.deleted and unsaid and time.monotonic() - self.since < PERSISTENCE
