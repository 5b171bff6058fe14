"""`GET /`: what this is, for whoever opens it in a browser."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse

from facade.sandbox import provisioning, publish, ticket, token
from facade.sandbox.accounts import CUSTOMERS
from facade.sandbox.state import State

_PAGE = """\
Sandbox: stand-ins for the IEM Token, Publish and Integration APIs and for BPM on Cloud user
provisioning. Nothing is kept when it stops; nothing here reaches a real system.

Endpoints
  POST {token}   Basic; gives an access token
{publish}
  GET  {health}/   is the API up; no credentials
  POST {ticket}?CustomerId=<id>   Basic or Cookie: access_token=<token>
  GET, PUT {users}   Basic; list, add
  GET, DELETE {users}/<mail>   Basic; get, delete

Control
  GET, PUT, DELETE /sandbox/faults     what goes wrong, for which requests, how often
  GET, DELETE /sandbox/requests        what reached the sandbox, secrets hashed
  DELETE /sandbox/tokens[?email=...]   make access tokens invalid

Accounts
{accounts}

Customers
{customers}
  any other id is invalid
"""


async def front_page(request: Request) -> PlainTextResponse:
    """The endpoints, accounts and customers of this sandbox, as plain text."""
    return PlainTextResponse(_text(request.app.state.sandbox))


def _text(state: State) -> str:
    return _PAGE.format(
        token=token.PATH,
        publish="\n".join(f"  POST {path}   Cookie: access_token=<token>" for path in publish.PATHS),
        health=publish.HEALTHCHECK,
        ticket=ticket.PATH,
        users=provisioning.PATH,
        accounts="\n".join(
            f"  {account.email}, password {account.password}: "
            f"{'API user' if account.api_user else 'organization user, no access to the IEM APIs'}"
            f" of {', '.join(sorted(account.customers)) or 'no customer'}, "
            f"BPM {'administrator' if account.administrator else 'user'}"
            for account in state.accounts.values()
        ),
        customers="\n".join(
            f"  {customer}: {'active' if active else 'inactive'}" for customer, active in CUSTOMERS.items()
        ),
    )
