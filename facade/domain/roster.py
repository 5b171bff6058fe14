"""A roster of wanted users, and the plan that makes an account's users those of the roster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TypeVar

from facade.domain.bulk import ItemResult, check_unique
from facade.domain.described import described
from facade.domain.provisioning import NewUser, User
from facade.domain.slices import slices
from facade.errors import Code, FacadeError, Reason

Someone = TypeVar("Someone", User, NewUser)
MAX_ROSTER = 50_000  # users
SHARE_DELETED = 10  # a tenth of the account may be deleted unless the caller says otherwise


@dataclass(frozen=True)
class SyncOptions:
    """How far a sync may go."""

    dry_run: bool | None = described("Only send the plan: nothing is changed.", None)
    delete_missing: bool | None = described("Delete the users who are not in the roster. Default false.", None)
    replace_changed: bool | None = described(
        "Replace the users whose name, or a flag that the roster sets, differs. Default false.", None
    )
    max_deletes: int | None = described(
        "The most users that may be deleted (replaced ones do not count); a plan that deletes more is refused whole."
        " Default: a tenth of the account's users, rounded down.",
        None,
    )


@dataclass(frozen=True)
class SyncPlan:
    """What a sync is about to do."""

    to_add: list[str] = described("Addresses of the roster that the account lacks, in the order of the roster.")
    to_replace: list[str] = described("Addresses whose name or flags differ, in the order of the roster.")
    to_delete: list[str] = described("Addresses that the roster lacks, in the account's order.")
    kept: int = described("How many of the account's users stay as they are.")


@dataclass(frozen=True)
class SyncSummary:
    """How a sync ended, in numbers of users."""

    added: int = described("Users who were added.")
    replaced: int = described("Users who were replaced.")
    deleted: int = described("Users who were deleted.")
    kept: int = described("Users who stayed as they were, by plan.")
    failed: int = described("Users for whom it failed; the results say whether it may have taken effect.")
    not_attempted: int = described("Users who were not attempted.")


SyncEvent = SyncPlan | ItemResult | SyncSummary


@dataclass(frozen=True, slots=True)
class Changes:
    """A plan with all that is needed to carry it out.

    Attributes:
        add: users of the roster that the account lacks.
        replace: users as they are to be, flags that the roster leaves unset filled in from the account.
        delete: users of the account that the roster lacks.
        total: the number of users in the account.
        administrators_kept: how many administrators are neither replaced nor deleted.

    """

    add: list[NewUser]
    replace: list[NewUser]
    delete: list[User]
    total: int
    administrators_kept: int
    _by_mail: Mapping[str, User] = field(repr=False, default_factory=dict)

    @property
    def plan(self) -> SyncPlan:
        """What the caller is shown."""
        return SyncPlan(
            to_add=[user.mail for user in self.add],
            to_replace=[user.mail for user in self.replace],
            to_delete=[user.mail for user in self.delete],
            kept=self.total - len(self.replace) - len(self.delete),
        )

    def spelled(self, user: NewUser) -> str:
        """The address of one who is replaced, as the account has it."""
        return self._by_mail[key(user.mail)].mail

    def check(self, options: SyncOptions, caller: str) -> None:
        """Refuses (FAILED_PRECONDITION) a plan that does too much; `caller` is the caller's own address."""
        allowed = self.total // SHARE_DELETED if options.max_deletes is None else options.max_deletes
        if len(self.delete) > allowed:
            raise refused(
                f"The plan deletes {len(self.delete)} of {self.total} users, and max_deletes allows {allowed}."
            )
        going = [*self.delete, *(self._by_mail[key(user.mail)] for user in self.replace)]
        own = key(caller)
        if any(key(user.mail) == own for user in going):
            raise refused("The plan deletes or replaces the user who asks for it.")
        if not self.administrators_kept and any(user.account_admin for user in going):
            raise refused("The plan deletes or replaces the last administrator of the account.")


def key(mail: str) -> str:
    """What two spellings of one address have in common."""
    return mail.lower()


def check_roster(roster: Sequence[NewUser]) -> None:
    """Refuses (INVALID_ARGUMENT) a roster that names somebody twice."""
    check_unique("roster", ".mail", (key(user.mail) for user in roster))


async def changes(roster: Sequence[NewUser], current: Sequence[User], options: SyncOptions) -> Changes:
    """What turns the users `current` into those of `roster`, as far as `options` allow; others have turns meanwhile."""
    there, wanted = await by_mail(current), await by_mail(roster)
    add = [user for mail, user in wanted.items() if mail not in there]
    replace: dict[str, NewUser] = {}
    if options.replace_changed:
        async for some in slices([mail for mail in wanted if mail in there]):
            both = ((mail, wanted[mail], there[mail]) for mail in some)
            replace.update((mail, completed(user, old)) for mail, user, old in both if differs(user, old))
    delete = {mail: user for mail, user in there.items() if mail not in wanted} if options.delete_missing else {}
    staying = (user for mail, user in there.items() if mail not in replace and mail not in delete)
    administrators = sum(user.account_admin for user in staying)
    return Changes(add, [*replace.values()], [*delete.values()], len(there), administrators, there)


async def by_mail(users: Sequence[Someone]) -> dict[str, Someone]:
    """The users by what the spellings of their addresses have in common."""
    found: dict[str, Someone] = {}
    async for some in slices(users):
        found.update((key(user.mail), user) for user in some)
    return found


FLAGS = tuple(each.name for each in fields(NewUser) if each.name not in {"mail", "cn", "sn"})


def differs(wanted: NewUser, old: User) -> bool:
    """Whether a name differs, or a flag that the roster sets. The address's case does not count."""
    if (wanted.cn, wanted.sn) != (old.cn, old.sn):
        return True
    return any(getattr(wanted, flag) not in (None, getattr(old, flag)) for flag in FLAGS)


def completed(wanted: NewUser, old: User) -> NewUser:
    """`wanted` with the flags that it leaves unset as they were: replacing must not take a right away unasked."""
    flags = {flag: getattr(old, flag) if getattr(wanted, flag) is None else getattr(wanted, flag) for flag in FLAGS}
    return NewUser(mail=wanted.mail, cn=wanted.cn, sn=wanted.sn, **flags)


def refused(message: str) -> FacadeError:
    """A plan that goes further than it may."""
    return FacadeError(Code.FAILED_PRECONDITION, Reason.PLAN_REFUSED, message + " Nothing was changed.")
