"""Users of a BPM on Cloud subscription (contract section 5), and the windows that lists of them are read through."""

from dataclasses import dataclass

from facade.domain.described import described
from facade.errors import invalid

MAX_PAGE = 1000
DEFAULT_PAGE = 100


@dataclass  # not frozen: made by the hundred for one answer, and a frozen one takes six times as long to make
class User:
    """A member of the subscription."""

    mail: str = described("E-mail address: the user's identity.")
    cn: str = described("First name.")
    sn: str = described("Last name.")
    account_admin: bool = described("Whether the user administers the subscription.")
    developer: bool = described("Whether the user may use the development environment.")
    end_user: bool = described("Whether the user may use the process runtime environment.")
    operator: bool = described("Whether the user is an operator of every environment that the user may use.")
    tester: bool = described("Whether the user may use the test environment.")


@dataclass(frozen=True)
class NewUser:
    """A user to add. A boolean that is null or left out is not sent, and the upstream's default holds."""

    mail: str = described("E-mail address, at most 254 characters; before the @ only A-Z a-z 0-9 . - _ are allowed.")
    cn: str = described("First name.")
    sn: str = described("Last name.")
    account_admin: bool | None = described("Whether the user is to administer the subscription. Default false.", None)
    developer: bool | None = described("Whether the user may use the development environment. Default false.", None)
    end_user: bool | None = described("Whether the user may use the process runtime environment. Default true.", None)
    operator: bool | None = described(
        "Whether the user is to be an operator of every environment. Default false.", None
    )
    tester: bool | None = described("Whether the user may use the test environment. Default false.", None)


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a list by position: at most `size` users strictly between two positions, from its start or its end.

    Attributes:
        size: the most users, 1 to MAX_PAGE.
        after: the position (0-based) before the first user wanted; -1 for the start of the list.
        before: the position after the last user wanted, or None for the end of the list.
        backward: take the last users of the range instead of the first.

    """

    size: int = DEFAULT_PAGE
    after: int = -1
    before: int | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True)
class UserPage:
    """Consecutive users of the list.

    Attributes:
        users: the users, in the upstream's order.
        begin: the position of the first of them in the list, 0-based.
        total: the number of users in the subscription.

    """

    users: list[User]
    begin: int
    total: int

    @property
    def end(self) -> int:
        """The position of the last user; `begin` - 1 if the page is empty."""
        return self.begin + len(self.users) - 1

    @property
    def has_next(self) -> bool:
        """Whether there are users after the page."""
        return self.end + 1 < self.total

    @property
    def has_previous(self) -> bool:
        """Whether there are users before the page."""
        return self.begin > 0


def page_size(asked: int, field: str) -> int:
    """The size of a page that `asked` means: cut to MAX_PAGE. INVALID_ARGUMENT about `field` below 1."""
    if asked < 1:
        raise invalid(field, "must be at least 1")
    return min(asked, MAX_PAGE)
