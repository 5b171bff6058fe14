"""The BPM users: a list in the order of insertion, and an index by e-mail address."""

from facade.sandbox.accounts import ACCOUNTS

User = dict[str, str | bool]
"""As in the contract: `mail cn sn accountAdmin developer tester endUser operator`."""

FLAGS: dict[str, bool] = {
    "accountAdmin": False,
    "developer": False,
    "tester": False,
    "operator": False,
    "endUser": True,
}
"""The boolean fields of a user, with the defaults of the add operation."""


class Roster:
    """Users by address. Addresses are compared without regard to case, and kept as they came."""

    def __init__(self, count: int) -> None:
        self._by_mail: dict[str, User] = {}
        # The same users for slicing. A deletion only discards it; the next page builds it anew.
        self._listed: list[User] | None = []
        for account in ACCOUNTS[:count]:
            self.add(_member(account.email, account.name, account.administrator))
        for number in range(1, count - len(ACCOUNTS) + 1):
            self.add(_generated(number))

    def __len__(self) -> int:
        return len(self._by_mail)

    def get(self, mail: str) -> User | None:
        """The user with this address, None if it is not a member."""
        return self._by_mail.get(mail.lower())

    def add(self, user: User) -> bool:
        """Append the user; False, and nothing done, if its address is taken."""
        mail = str(user["mail"]).lower()
        if mail in self._by_mail:
            return False
        self._by_mail[mail] = user
        if self._listed is not None:
            self._listed.append(user)
        return True

    def delete(self, mail: str) -> User | None:
        """Remove and return the user with this address, None if it is not a member."""
        user = self._by_mail.pop(mail.lower(), None)
        if user is not None:
            self._listed = None
        return user

    def page(self, begin: int, end: int) -> list[User]:
        """The users with indices `begin` to `end`, both included, as far as there are any."""
        if self._listed is None:
            self._listed = list(self._by_mail.values())
        return self._listed[begin : end + 1]


def _member(mail: str, name: str, administrator: bool) -> User:
    cn, _, sn = name.partition(" ")
    return {"mail": mail, "cn": cn, "sn": sn} | FLAGS | {"accountAdmin": administrator}


def _generated(number: int) -> User:
    """User `number`, always the same: every mix of flags occurs, an address may have capitals."""
    local = ("user{:03}", "User.{:03}", "user-{:03}", "user_{:03}")[number % 4].format(number)
    return {
        "mail": f"{local}@example.com",
        "cn": "User",
        "sn": f"{number:03}",
        "accountAdmin": number % 50 == 0,
        "developer": number % 2 == 0,
        "tester": number % 3 == 0,
        "operator": number % 5 == 0,
        "endUser": number % 7 != 0,
    }
