"""Reads BPM's answers about users (contract section 5). Strict: a malformed user is never left out of a list."""

from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec

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
T = TypeVar("T")


class Member(msgspec.Struct, rename="camel"):
    """A user as BPM writes it; the fields are those of `User`, in their order."""

    mail: Annotated[str, msgspec.Meta(min_length=1)]
    cn: str
    sn: str
    account_admin: bool
    developer: bool
    end_user: bool
    operator: bool
    tester: bool


class Listed(msgspec.Struct, rename="camel"):
    """An answer's part of the list; `nextPage` and `previousPage` are not looked at."""

    begin_index: Annotated[int, msgspec.Meta(ge=0)]
    total_users: Annotated[int, msgspec.Meta(ge=0, le=MOST_USERS)]
    users: list[Member]


# Read and checked in one pass, strictly: a number is no text, 1.0 and true are no integers.
MEMBER = msgspec.json.Decoder(Member)
LISTED = msgspec.json.Decoder(Listed)


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


def read_user(_document: Any, body: bytes) -> User:
    """A user with all its fields, each of its type."""
    return user(decoded(MEMBER, body))


def read_part(_document: Any, body: bytes) -> Part:
    """A part of the list."""
    listed = decoded(LISTED, body)
    return Part(listed.begin_index, list(map(user, listed.users)), listed.total_users)


def user(member: Member) -> User:
    """The user that `member` describes."""
    return User(*msgspec.structs.astuple(member))


def decoded(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    """What is in the body of an answer."""
    try:
        return decoder.decode(body.decode())  # of what it need not read it would not check the encoding
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedError("not what the contract says") from None
