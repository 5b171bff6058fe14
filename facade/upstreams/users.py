"""Reads BPM's answers about users (contract section 5). Strict: a malformed user is never left out of a list."""

from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any

from facade.domain.provisioning import User
from facade.errors import FacadeError
from facade.upstreams.meaning import MALFORMED, failed
from facade.upstreams.operation import MalformedError

# Our names of a user's booleans, and the upstream's.
FLAGS = {
    "account_admin": "accountAdmin",
    "developer": "developer",
    "end_user": "endUser",
    "operator": "operator",
    "tester": "tester",
}

MOST_USERS = 2**31 - 1  # what the integers of both faces can say
TEXTS = ("mail", "cn", "sn")
VALUES = itemgetter(*TEXTS, *FLAGS.values())  # in the order of `User`


@dataclass(frozen=True, slots=True)
class Part:
    """One answer's part of the list: `users` from position `begin` on, of `total`."""

    begin: int
    users: list[User]
    total: int

    def check(self, begin: int, end: int) -> None:
        """Refuses (INTERNAL) a part that is not exactly the users from `begin` to `end` that exist."""
        expected = max(0, min(end + 1, self.total) - begin)
        if len(self.users) != expected or (self.users and self.begin != begin):
            raise misfit()


def misfit() -> FacadeError:
    """A part that does not fit what was asked for."""
    return failed(MALFORMED, "bpm", 200, safe=True)


def read_nothing(_document: Any, _body: bytes) -> None:
    """The answers to add and delete: the contract does not give their bodies, so that any is a success."""


def read_user(document: Any, _body: bytes = b"") -> User:
    """A user with all its fields, each of its type."""
    return read_users([document])[0]


def read_users(documents: list[Any]) -> list[User]:
    """Users in their order."""
    try:
        rows = list(map(VALUES, documents))
    except (TypeError, KeyError):
        raise MalformedError("not a user") from None
    columns = list(zip(*rows, strict=True))  # none, if there are no users
    texts, flags = chain(*columns[: len(TEXTS)]), chain(*columns[len(TEXTS) :])
    if not (set(map(type, texts)) <= {str} and set(map(type, flags)) <= {bool}):
        raise MalformedError("a value has the wrong type")
    if not all(row[0] for row in rows):
        raise MalformedError("a user has no address")
    return [User(*row) for row in rows]


def read_part(document: Any, _body: bytes) -> Part:
    """A part of the list; `nextPage` and `previousPage` are not looked at."""
    try:
        begin, total, users = document["beginIndex"], document["totalUsers"], document["users"]
    except (TypeError, KeyError):
        raise MalformedError("not a list of users") from None
    if type(begin) is not int or type(total) is not int or type(users) is not list:
        raise MalformedError("a field has the wrong type")
    if begin < 0 or not 0 <= total <= MOST_USERS:
        raise MalformedError("a number is out of range")
    return Part(begin, read_users(users), total)
