"""The Token API (contract section 1)."""

from typing import Any

from facade.caller import TOKEN, Basic, Caller
from facade.domain.token import Token
from facade.errors import Code, Reason
from facade.upstreams.credentials import authorization
from facade.upstreams.operation import MalformedError, Operation
from facade.upstreams.rest import Rest

LONGEST_TOKEN = 4096  # characters; more does not fit into a cookie (RFC 6265 section 6.1)


def read_token(document: Any, _body: bytes) -> Token:
    """The token in a successful answer; only a token that can be sent as a cookie is one."""
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict):
        raise MalformedError("no data")
    access = data.get("access_token")
    if not isinstance(access, str) or len(access) > LONGEST_TOKEN or not TOKEN.fullmatch(access):
        raise MalformedError("no access token")
    texts = ["" if (text := data.get(key)) is None else text for key in ("email", "name", "refresh_token")]
    is_superadmin = False if (flag := data.get("is_superadmin")) is None else flag
    if not all(isinstance(text, str) for text in texts) or not isinstance(is_superadmin, bool):
        raise MalformedError("a field has the wrong type")
    return Token(texts[0], texts[1], is_superadmin, access, texts[2])


GENERATE = Operation(
    name="GenerateToken",
    method="POST",
    path="/api/v1/user/token",
    read=read_token,
    # A login that is lost leaves at most an unused token behind; what waits for it was never sent.
    safe=True,
    statuses={401: (Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS)},
)


class TokenApi:
    """Issues tokens."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    async def generate(self, email: str, password: str, caller: Caller) -> Token:
        """A new token for the account."""
        return await self.log_in(Basic.of(email, password), caller)

    async def probe(self, caller: Caller) -> None:
        """Asks without credentials: an API that is there refuses."""
        await self.rest.call(GENERATE, caller)

    async def log_in(self, basic: Basic, caller: Caller) -> Token:
        """A new token for `basic`; the caller's own credentials are not used."""
        return await self.rest.call(GENERATE, caller, headers=[authorization(basic)])
