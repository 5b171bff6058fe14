"""How a caller says who it is: `Authorization: Basic` or `Cookie: access_token=…`."""

import base64
import binascii
import hmac

from facade.sandbox.accounts import Account
from facade.sandbox.exchange import Call
from facade.sandbox.state import State


def offers_basic(call: Call) -> bool:
    """Whether the request has Basic credentials, good or bad."""
    return (call.header(b"authorization") or "").lower().startswith("basic ")


def basic_account(state: State, call: Call) -> Account | None:
    """The account whose Basic credentials the request has, None if there is none such."""
    if not offers_basic(call):
        return None
    encoded = (call.header(b"authorization") or "").partition(" ")[2].strip()
    try:
        email, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    account = state.accounts.get(email)
    if account and hmac.compare_digest(account.password.encode(), password.encode()):
        return account
    return None


def access_token(call: Call) -> str | None:
    """The access token in the request's cookies, None if there is none or it is empty."""
    for name, value in call.headers:
        if name == b"cookie":
            for cookie in value.decode("latin-1").split(";"):
                key, _, token = cookie.strip().partition("=")
                if key == "access_token" and token:
                    return token
    return None


def token_account(state: State, token: str) -> Account | None:
    """The account a token was issued to, None if it is unknown, revoked or expired."""
    return state.accounts.get(state.sessions.email_of(token) or "")
