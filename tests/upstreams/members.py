"""A BPM list of users that a test can move while it is read."""

from collections.abc import Callable
from typing import Any

import httpx

from facade.domain.provisioning import User
from tests.upstreams.doubles import Recorder, answer

Page = dict[str, Any]


def member(name: str) -> dict[str, Any]:
    """A user on the wire."""
    flags = {"accountAdmin": False, "developer": True, "tester": False, "endUser": True, "operator": False}
    return {"mail": f"{name}@example.com", "cn": name, "sn": "Example", **flags}


def user(name: str) -> User:
    """The same user as we see it."""
    return User(f"{name}@example.com", name, "Example", False, True, True, False, False)


class Members(Recorder):
    """Lists `users`, at most 100 an answer.

    Args:
        count: users at the start, named 0, 1, 2, …
        move: called before each answer with the number of answers given and the users, which it may change.
        bend: what becomes of each page before it is sent.

    """

    def __init__(
        self,
        count: int,
        *,
        move: Callable[[int, list[str]], None] = lambda _number, _users: None,
        bend: Callable[[int, Page], Page] = lambda _number, page: page,
    ) -> None:
        super().__init__(self._answer)
        self.users = [str(number) for number in range(count)]
        self._move = move
        self._bend = bend

    @property
    def ranges(self) -> list[str]:
        """The range of each request."""
        return [f"{each.url.params['beginIndex']}..{each.url.params['endIndex']}" for each in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        number = len(self.requests) - 1
        self._move(number, self.users)
        begin = int(request.url.params["beginIndex"])
        end = min(int(request.url.params["endIndex"]), begin + 99)
        found = self.users[begin : end + 1]
        page = {
            "beginIndex": begin,
            "endIndex": begin + len(found) - 1,
            "totalUsers": len(self.users),
            "users": [member(name) for name in found],
        }
        return answer(200, self._bend(number, page))
