"""generateToken."""

from typing import Annotated

import strawberry

from facade.domain.token import Token
from facade.graphql.context import Info
from facade.graphql.described import output

TokenType = output(Token)


@strawberry.type
class TokenMutation:
    """Issues tokens."""

    @strawberry.mutation(description="Exchanges an e-mail address and a password for an access token. Sends no others.")
    async def generate_token(
        self,
        info: Info,
        email: Annotated[str, strawberry.argument(description="E-mail address of the account.")],
        password: Annotated[str, strawberry.argument(description="Password of the account. Never logged.")],
    ) -> Token:
        """A new token."""
        return await info.context.upstreams.token.generate(email, password, info.context.caller)
