"""The Token API: `POST /api/v1/user/token` with Basic credentials (contract, section 1).

200: `{"status_code": 200, "data": {email, name, is_superadmin, access_token, refresh_token}}`, both
tokens as cookies too. 401: `{"detail": …}`. The refresh token is accepted nowhere: the guide
does not say what it is for.
"""

import secrets

from facade.sandbox.credentials import basic_account
from facade.sandbox.exchange import Answer, Call, json_answer
from facade.sandbox.state import State

PATH = "/api/v1/user/token"


def create(state: State, call: Call) -> Answer:
    """Log in. Organization users may, too; the other IEM APIs then deny them access."""
    account = basic_account(state, call)
    if account is None:
        return json_answer(401, {"detail": "Invalid username/password."})
    tokens = {
        "access_token": state.sessions.issue(account.email),
        "refresh_token": secrets.token_urlsafe(32),
    }
    data = {"email": account.email, "name": account.name, "is_superadmin": False, **tokens}
    cookies = ((b"set-cookie", f"{name}={value}; Path=/; HttpOnly".encode()) for name, value in tokens.items())
    return json_answer(200, {"status_code": 200, "data": data}, *cookies)
