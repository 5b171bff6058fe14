"""BPM on Cloud user provisioning (contract section 5)."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import orjson

from facade.caller import Caller
from facade.domain.provisioning import NewUser, User, UserPage, Window
from facade.errors import Code, FacadeError, Reason, invalid
from facade.upstreams.credentials import bpm
from facade.upstreams.operation import Operation
from facade.upstreams.rest import Rest
from facade.upstreams.segments import segment
from facade.upstreams.users import FLAGS, Part, read_nothing, read_part, read_user

PATH = "/bpm/portal/rest/v1/UserProvisioningService.json"
ONE = "/{mail}"  # below it
PART = 100  # users in one answer, at most
LOCAL_PART = re.compile(r"[A-Za-z0-9._-]+")

# Swapped against HTTP's usage, and documented so four times.
SWAPPED = {
    403: (Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS),
    401: (Code.PERMISSION_DENIED, Reason.NOT_ADMINISTRATOR),
}
NO_USER = {404: (Code.NOT_FOUND, Reason.USER_NOT_FOUND)}
TAKEN = {409: (Code.ALREADY_EXISTS, Reason.USER_ALREADY_EXISTS)}

LIST = Operation(name="ListUsers", method="GET", path=PATH, read=read_part, raw=True, safe=True, statuses=SWAPPED)
GET = Operation(
    name="GetUser", method="GET", path=PATH, read=read_user, raw=True, below=ONE, safe=True, statuses=SWAPPED | NO_USER
)
CREATE = Operation(name="CreateUser", method="PUT", path=PATH, read=read_nothing, raw=True, statuses=SWAPPED | TAKEN)
DELETE = Operation(
    name="DeleteUser", method="DELETE", path=PATH, below=ONE, read=read_nothing, raw=True, statuses=SWAPPED | NO_USER
)


class ProvisioningApi:
    """Lists, finds, adds and deletes users."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    async def probe(self, caller: Caller) -> None:
        """Asks without credentials: an API that is there refuses."""
        await self.rest.call(LIST, caller, rest="?beginIndex=0&endIndex=0")

    async def page(self, window: Window, caller: Caller) -> UserPage:
        """The users in `window`. ABORTED if the list moved while several answers were read for it."""
        begin = window.after + 1
        last = None if window.before is None else window.before - 1
        if window.backward:
            if last is None:
                last = await self._total(caller) - 1
            begin = max(begin, last - window.size + 1)
        else:
            end = begin + window.size - 1
            last = end if last is None else min(last, end)
        if last < begin:
            return UserPage([], begin, await self._total(caller))
        users: list[User] = []
        total = 0
        async with aclosing(self._walk(begin, last, caller)) as parts:
            async for part in parts:
                users += part.users
                total = part.total
        if window.backward and last >= total:  # the list has become shorter: back from its end, or some would be missed
            return await self.page(replace(window, before=total), caller)
        return UserPage(users, begin, total)

    async def all(self, caller: Caller) -> AsyncGenerator[User, None]:
        """All users, read no faster than they are taken. ABORTED if the list moved meanwhile."""
        async with aclosing(self._walk(0, None, caller)) as parts:
            async for part in parts:
                for user in part.users:
                    yield user

    async def get(self, mail: str, caller: Caller) -> User:
        """The user with this address."""
        rest = "/" + segment(mail, "mail")
        return await self.rest.call(GET, caller, rest=rest, headers=[bpm(caller)], sent=caller.bpm)

    async def create(self, user: NewUser, caller: Caller) -> User:
        """Adds a user; returns the user as the upstream's defaults complete it (the upstream returns nothing)."""
        check(user)
        given = {theirs: value for ours, theirs in FLAGS.items() if (value := getattr(user, ours)) is not None}
        body = orjson.dumps({"mail": user.mail, "cn": user.cn, "sn": user.sn, **given})
        await self.rest.call(CREATE, caller, headers=[bpm(caller)], content=body, sent=caller.bpm)
        flags = {ours: given.get(theirs, ours == "end_user") for ours, theirs in FLAGS.items()}
        return User(mail=user.mail, cn=user.cn, sn=user.sn, **flags)

    async def delete(self, mail: str, caller: Caller, *, allow_missing: bool = False) -> None:
        """Deletes the user with this address; one who is not there counts as deleted if `allow_missing`."""
        rest = "/" + segment(mail, "mail")
        try:
            await self.rest.call(DELETE, caller, rest=rest, headers=[bpm(caller)], sent=caller.bpm)
        except FacadeError as error:
            if not (allow_missing and error.reason is Reason.USER_NOT_FOUND):
                raise

    async def _walk(self, begin: int, last: int | None, caller: Caller) -> AsyncGenerator[Part, None]:
        """The answers that hold the users from `begin` to `last` (None: to the end), without repetition.

        Each answer after the first is asked to begin with the user that ended the one before: if it does not, the list
        has moved, and going on would skip a user or give one twice. `nextPage` is not used: it names a host.
        """
        part = await self._read(begin, last, caller)
        yield part
        end = begin + len(part.users) - 1
        while end + 1 < part.total and (last is None or end < last):
            known = part.users[-1].mail
            part = await self._read(end, last, caller)
            if not part.users or part.users[0].mail != known:
                raise FacadeError(
                    Code.ABORTED,
                    Reason.LIST_CHANGED,
                    "The list of users changed while it was read. Read it again.",
                    "bpm",
                )
            end += len(part.users) - 1
            yield Part(part.begin + 1, part.users[1:], part.total)

    async def _read(self, begin: int, last: int | None, caller: Caller) -> Part:
        end = begin + PART - 1 if last is None else min(last, begin + PART - 1)
        rest = f"?beginIndex={begin}&endIndex={end}"
        part = await self.rest.call(LIST, caller, rest=rest, headers=[bpm(caller)], sent=caller.bpm)
        part.check(begin, end)
        return part

    async def _total(self, caller: Caller) -> int:
        return (await self._read(0, 0, caller)).total


def check(user: NewUser) -> None:
    """The contract's rules for a new user, told before the upstream is asked."""
    for name in ("mail", "cn", "sn"):
        if not getattr(user, name):
            raise invalid(f"user.{name}", "must not be empty")
    segment(user.mail, "user.mail")
    local, at, domain = user.mail.rpartition("@")
    if not (at and domain and LOCAL_PART.fullmatch(local)):
        raise invalid("user.mail", "must be an address with only A-Z a-z 0-9 . - _ before its one @")
