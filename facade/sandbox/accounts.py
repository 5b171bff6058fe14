"""Who may log in, and which customers there are.

An API user may call the IEM APIs; an organization user may log in, but those APIs deny access to
it (guide, table 17). BPM distinguishes account administrators from other users.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Account:
    """One login. `customers` are the ids of the customers the user is associated with."""

    email: str
    name: str
    password: str = field(repr=False)
    api_user: bool = True
    administrator: bool = False
    customers: frozenset[str] = frozenset()


# The password is printed on the sandbox's own front page: there is nothing behind it.
PASSWORD = "sandbox"  # noqa: S105

ACCOUNTS = (
    Account("api@example.com", "API user", PASSWORD, administrator=True, customers=frozenset({"C-100"})),
    Account("user@example.com", "Organization user", PASSWORD, api_user=False),
)

CUSTOMERS = {"C-100": True, "C-200": True, "C-300": False}
"""Customer id to whether it is active. Any other id is invalid."""

INACTIVE = "Data has been sent for inactive customer"
NOT_ASSOCIATED = "User is not associated with the customer"


def tenant_problem(account: Account, customer: object) -> str | None:
    """The contract's sentence against `account` sending data for `customer`, None if it may.

    An inactive customer and an invalid id are told apart by nobody: both get the same sentence.
    """
    if not isinstance(customer, str) or not CUSTOMERS.get(customer, False):
        return INACTIVE
    return None if customer in account.customers else NOT_ASSOCIATED
