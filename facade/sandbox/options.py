"""What can be set about a sandbox before it starts."""

from dataclasses import dataclass
from typing import Literal

from facade.sandbox.accounts import Account


@dataclass(frozen=True)
class Options:
    """Settings of one sandbox; every default is the contract's best reading."""

    token_lifetime: float = 3600.0
    """Seconds an access token is valid; 0 makes every token expired from the start."""

    users: int = 250
    """How many BPM users there are at the start: the two accounts, then generated ones."""

    echo_bodies: bool = False
    """Whether BPM's PUT and DELETE answer 200 with the user as JSON instead of with no body."""

    tenant_status: Literal[401, 400] = 401
    """Publish's status for customer problems: 401 in the guide's tables, 400 in a screenshot."""

    max_log: int = 200_000
    """Entries kept in the request log; the oldest go first."""

    accounts: tuple[Account, ...] = ()
    """Accounts beside the built-in two; one with the same e-mail address replaces it."""

    def __post_init__(self) -> None:
        for name, least in (("token_lifetime", 0), ("users", 0), ("max_log", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}")
