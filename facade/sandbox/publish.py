"""The Publish API (contract, section 2): one JSON object a call, authenticated by cookie only.

Its failures are all 401 but one, tenant errors included; what went wrong is in `message`.
"""

from facade.sandbox.accounts import tenant_problem
from facade.sandbox.credentials import access_token, token_account
from facade.sandbox.exchange import INVALID_BODY, Answer, Call, message
from facade.sandbox.state import State

HEALTHCHECK = "/publish/healthcheck"
PATHS = (
    "/publish/allevents",
    "/publish/metrics",
    "/publish/entity",
    "/publish/service",
    HEALTHCHECK,
)


def publish(state: State, call: Call) -> Answer:
    """Accept one record. One without `envcustomerid` is accepted, whoever's it is.

    Of events the guide shows that field; of the other records it shows nothing.
    """
    token = access_token(call)
    if token is None:
        return message(401, "Missing access token")
    account = token_account(state, token)
    if account is None:
        return message(401, "Invalid access token")
    if not account.api_user:
        return message(401, "Access denied")
    record = call.json_object()
    if record is None:
        return message(400, INVALID_BODY)
    customer = record.get("envcustomerid")
    problem = None if customer is None else tenant_problem(account, customer)
    if problem:
        return message(state.options.tenant_status, problem)
    return message(200, "Data published successfully")


def health(_: State, __: Call) -> Answer:
    """Say that the API is up; needs no credentials."""
    return message(200, "API is running")
