"""A Token API for the sessions to ask: it counts, waits until it is let go, and says what it is told to say."""

import asyncio
from base64 import b64encode

from facade.caller import Basic, Caller
from facade.domain.token import Token
from facade.errors import Code, FacadeError, Reason
from facade.upstreams.session import Sessions


class Logins:
    """What `Sessions` is given as its `log_in`."""

    def __init__(self, *, held: bool = False) -> None:
        self.asked: list[str] = []  # the header of each login
        self.callers: list[Caller] = []
        self.given_up = 0
        self.go = asyncio.Event()
        self.error: FacadeError | None = None
        if not held:
            self.go.set()

    async def __call__(self, basic: Basic, caller: Caller) -> Token:
        self.asked.append(basic.header)
        self.callers.append(caller)
        number = len(self.asked)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        if self.error is not None:
            raise self.error
        return Token("", "", False, f"token-{number}", "")


def sessions(logins: Logins, capacity: int = 100, login_timeout: float = 5.0) -> Sessions:
    return Sessions(logins, capacity=capacity, login_timeout=login_timeout)


def account(password: str = "right", email: str = "a@example.com") -> Basic:
    return Basic("Basic " + b64encode(f"{email}:{password}".encode()).decode())


def refusal() -> FacadeError:
    return FacadeError(Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS, "No.", "token", 401)


def outage() -> FacadeError:
    return FacadeError(Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE, "Gone.", "token")
