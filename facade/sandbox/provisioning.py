"""The BPM user provisioning service (contract, section 5).

Its statuses are swapped against HTTP's usage: 403 = bad or absent credentials, 401 = good ones, but
not an administrator's. Errors are `{"error": …}`.
"""

import re
from typing import Any
from urllib.parse import parse_qs, unquote

from facade.sandbox.credentials import basic_account
from facade.sandbox.exchange import Answer, Call, json_answer
from facade.sandbox.roster import FLAGS, User
from facade.sandbox.state import Endpoint, State

PATH = "/bpm/portal/rest/v1/UserProvisioningService.json"
PAGE = 100
"""The most users on one page."""

# Foreign on purpose: the real service names its own virtual host, a client must not follow it.
_PAGE_URI = f"https://vhost001.bpm.example{PATH}?beginIndex={{}}&endIndex={{}}"
_MAIL = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_INDEX = re.compile(r"[0-9]{1,9}")


def _administrators_only(endpoint: Endpoint) -> Endpoint:
    def guarded(state: State, call: Call) -> Answer:
        account = basic_account(state, call)
        if account is None:
            return _error(403, "The specified credentials are invalid.")
        if not account.administrator:
            return _error(401, "The credentials are not those of an administrator.")
        return endpoint(state, call)

    return guarded


@_administrators_only
def list_users(state: State, call: Call) -> Answer:
    """One page; without indices the first. `beginIndex` and `endIndex` are 0-based, inclusive."""
    query = parse_qs(call.query, keep_blank_values=True)
    first = query.get("beginIndex", ["0"])[0]
    if not _INDEX.fullmatch(first):
        return _error(400, "beginIndex must be an index")
    begin = int(first)
    last = query.get("endIndex", [str(begin + PAGE - 1)])[0]
    if not _INDEX.fullmatch(last) or int(last) < begin:
        return _error(400, "endIndex must be an index, not before beginIndex")
    return json_answer(200, _page(state, begin, min(int(last), begin + PAGE - 1)))


@_administrators_only
def get_user(state: State, call: Call) -> Answer:
    """The user whose percent-encoded address ends the path."""
    user = state.roster.get(_mail(call))
    return _not_a_member() if user is None else json_answer(200, user)


@_administrators_only
def add_user(state: State, call: Call) -> Answer:
    """Add the user in the body; fields the contract does not know are ignored."""
    given = call.json_object() or {}
    problem = _invalid(given)
    if problem:
        return _error(400, problem)
    user: User = {name: given[name] for name in ("mail", "cn", "sn")}
    user |= {name: given.get(name, default) for name, default in FLAGS.items()}
    if not state.roster.add(user):
        return _error(409, "The user already exists.")
    return _done(state, user)


@_administrators_only
def delete_user(state: State, call: Call) -> Answer:
    """Archive the user whose percent-encoded address ends the path."""
    user = state.roster.delete(_mail(call))
    return _not_a_member() if user is None else _done(state, user)


def _page(state: State, begin: int, end: int) -> dict[str, Any]:
    total, size = len(state.roster), end - begin + 1
    users = state.roster.page(begin, end)
    page: dict[str, Any] = {
        "beginIndex": begin,
        "endIndex": begin + len(users) - 1 if users else end,
    }
    if end < total - 1:
        page["nextPage"] = _PAGE_URI.format(end + 1, min(end + size, total - 1))
    before = min(begin, total)
    if before > 0:
        page["previousPage"] = _PAGE_URI.format(max(before - size, 0), before - 1)
    return page | {"totalUsers": total, "users": users}


def _invalid(given: dict[str, Any]) -> str | None:
    for name in ("cn", "sn", "mail"):
        if not isinstance(given.get(name), str) or not given[name].strip():
            return f"{name} is required and must be a string"
    if not _MAIL.fullmatch(given["mail"]):
        return "mail must be an address whose local part has only A-Z a-z 0-9 . - _"
    for name, default in FLAGS.items():
        if not isinstance(given.get(name, default), bool):
            return f"{name} must be a boolean"
    return None


def _mail(call: Call) -> str:
    return unquote(call.raw_path.removeprefix(f"{PATH}/"))


def _done(state: State, user: User) -> Answer:
    return json_answer(200, user) if state.options.echo_bodies else Answer(200)


def _not_a_member() -> Answer:
    return _error(404, "The user is not a member of the subscription.")


def _error(status: int, text: str) -> Answer:
    return json_answer(status, {"error": text})
