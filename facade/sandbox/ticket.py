"""The Integration API (contract, section 3): `POST /gbp/push/?CustomerId=…`.

Body `{"state": <integer>, "sysid": "<id>"}`; authenticated by cookie or Basic. Where a request has
both, the cookie counts.
"""

from urllib.parse import parse_qs

from facade.sandbox.accounts import INACTIVE, Account, tenant_problem
from facade.sandbox.credentials import access_token, basic_account, offers_basic, token_account
from facade.sandbox.exchange import INVALID_BODY, Answer, Call, message
from facade.sandbox.state import State

PATH = "/gbp/push/"


def push(state: State, call: Call) -> Answer:
    """Mark the actionable of a ticket as resolved."""
    account = _caller(state, call)
    if isinstance(account, Answer):
        return account
    if not account.api_user:
        return message(403, "Access denied")
    if not _is_update(call):
        return message(400, INVALID_BODY)
    customer = parse_qs(call.query).get("CustomerId", [""])[0]
    problem = tenant_problem(account, customer)
    if problem:
        return message(400 if problem == INACTIVE else 403, problem)
    return message(200, "Success")


def _caller(state: State, call: Call) -> Account | Answer:
    token = access_token(call)
    if token is not None:
        return token_account(state, token) or message(401, "Invalid access token")
    if not offers_basic(call):
        return message(401, "Missing access token")
    return basic_account(state, call) or message(401, "Invalid credentials")


def _is_update(call: Call) -> bool:
    update = call.json_object() or {}
    sysid = update.get("sysid")
    # `type`, because a boolean is an int to Python but not to JSON.
    return type(update.get("state")) is int and isinstance(sysid, str) and sysid != ""
